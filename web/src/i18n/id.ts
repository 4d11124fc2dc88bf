// Every text in Indonesian, from its parts.
import { devices } from "./id-devices";
import { report } from "./id-report";
import { screen } from "./id-screen";
import { words } from "./id-words";

export const id = { ...screen, ...words, ...report, ...devices } as const;
