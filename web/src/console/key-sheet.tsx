// The sheet of keys and commands, opened with "?".
import { useEffect, useRef } from "preact/hooks";
import { t, type Key } from "../i18n";
import { keySheet } from "../state";

const KEYS: readonly [string, Key][] = [
  ["F2", "keys.f2"], ["F3", "keys.f3"], ["F4", "keys.f4"], ["F6", "keys.f6"], ["F7", "keys.f7"], ["F8", "keys.f8"], ["F9", "keys.f9"], ["Esc", "keys.esc"], ["1–9", "keys.digits"],
  ["D", "keys.divert"], ["U", "keys.undo"], ["G", "keys.merge"], ["L", "keys.caller_link"], ["A", "keys.accept_position"], ["K", "keys.family_link"], ["J", "keys.coverage"], ["M", "keys.sound"], ["Y · T · –", "keys.answers"], ["/", "keys.command"], ["↑ ↓", "keys.arrows"], ["?", "keys.sheet"],
];
const COMMANDS: readonly [string, Key][] = [
  ["d 007 silo-03", "keys.cmd_assign"], ["s silo-03 tiba", "keys.cmd_status"], ["c 007 selesai", "keys.cmd_close"], ["alih 007 silo-03", "keys.cmd_divert"], ["p 007 p2 …", "keys.cmd_priority"], ["n 007 …", "keys.cmd_note"],
  ["g 008 007", "keys.cmd_merge"], ["pisah 008", "keys.cmd_split"], ["rujuk 007", "keys.cmd_refer"], ["tautan 007", "keys.cmd_caller_link"], ["ambil 007", "keys.cmd_accept_position"], ["keluarga 007", "keys.cmd_family_link"], ["cari silo", "keys.cmd_find"], ["i 007", "keys.cmd_open"],
];

export function KeySheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = keySheet.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open && dialog.current?.open) dialog.current.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="key-sheet" aria-labelledby="keys-title" onClose={() => (keySheet.value = false)}>
      <h2 id="keys-title">{t("keys.title")}</h2>
      <p><b>{t("keys.form")}</b>: {t("keys.flow")}</p>
      <div class="pair">
        <dl>{KEYS.map(([key, text]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{t(text)}</dd></div>)}</dl>
        <div>
          <h3>{t("keys.commands")}</h3>
          <dl class="commands">{COMMANDS.map(([key, text]) => <div key={key}><dt><code>{key}</code></dt><dd>{t(text)}</dd></div>)}</dl>
        </div>
      </div>
      <button type="button" class="primary" onClick={() => (keySheet.value = false)}>{t("keys.close")}</button>
    </dialog>
  );
}
