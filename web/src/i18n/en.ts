// The texts that every page has, in English, from their parts.
import { screen } from "./en-screen";
import type { id } from "./id";
import { words } from "./en-words";

export const en: Record<keyof typeof id, string> = { ...screen, ...words };
