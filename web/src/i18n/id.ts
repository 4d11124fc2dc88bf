// Every text in Indonesian, from its parts.
import { report } from "./id-report";
import { screen } from "./id-screen";
import { words } from "./id-words";

export const id = { ...screen, ...words, ...report } as const;
