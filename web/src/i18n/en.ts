// Every text in English, from its parts.
import { devices } from "./en-devices";
import { report } from "./en-report";
import { screen } from "./en-screen";
import type { id } from "./id";
import { words } from "./en-words";

export const en: Record<keyof typeof id, string> = { ...screen, ...words, ...report, ...devices };
