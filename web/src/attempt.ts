// One request whose refusal is said to the operator in the server's own sentence.
import { sentence } from "./api";
import { say } from "./state";

/** True when it was done; otherwise the reason stands in the bottom line. */
export async function attempt(request: Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await request;
    if (done !== undefined) say("info", done);
    return true;
  } catch (thrown) {
    say("error", sentence(thrown));
    return false;
  }
}
