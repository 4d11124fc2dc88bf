// What has happened to an incident, oldest first: when, what, by whom.
import { entryText } from "../entry-text";
import { clock } from "../format";
import { t, word } from "../i18n";
import type { TimelineEntry } from "../protocol";

export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  if (entries.length === 0) return <p class="dim">{t("incident.timeline_empty")}</p>;
  return (
    <ol class="timeline">
      {entries.map((entry, n) => (
        <li key={`${entry.seq}/${n}`} data-entry={entry.kind}>
          <time class="figure">{clock(Date.parse(entry.at))}</time>
          <span>{entryText(entry)}{entry.reason ? <span class="dim"> ({entry.reason})</span> : null}</span>
          <span class="dim">{word("source", entry.source)}</span>
        </li>
      ))}
    </ol>
  );
}
