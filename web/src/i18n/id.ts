// The texts that every page has, in Indonesian, from their parts.
import { screen } from "./id-screen";
import { words } from "./id-words";

export const id = { ...screen, ...words } as const;
