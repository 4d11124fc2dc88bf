// Remarks on an incident: who wrote what and when; one more line can always be added, after its end too.
import { useState } from "preact/hooks";
import { api } from "../api";
import { attempt } from "../attempt";
import { clock } from "../format";
import { t } from "../i18n";
import type { Incident } from "../protocol";
import { mayDispatch } from "../state";

export function Notes({ incident }: { incident: Incident }) {
  const [text, setText] = useState("");
  const notes = incident.notes ?? [];
  if (!mayDispatch.value && notes.length === 0) return null;
  return (
    <section class="notes" aria-labelledby="notes-title">
      <h3 id="notes-title">{t("notes.title")} {notes.length > 0 && <span class="figure">{notes.length}</span>}</h3>
      <ol>
        {notes.map((note, n) => (
          <li key={`${note.at}/${n}`} data-note><span class="dim figure">{clock(Date.parse(note.at))} {note.author}</span> {note.text}</li>
        ))}
      </ol>
      {mayDispatch.value && (
        <form onSubmit={(event) => { event.preventDefault(); void attempt(api.note(incident.id, text.trim())).then((done) => done && setText("")); }}>
          <label class="hidden" for="note">{t("notes.add")}</label>
          <input id="note" type="text" required value={text} maxLength={1000} placeholder={t("notes.add")} autocomplete="off" onInput={(event) => setText(event.currentTarget.value)} />
          <button type="submit">{t("notes.save")}</button>
        </form>
      )}
    </section>
  );
}
