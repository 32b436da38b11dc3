// Who may see a screen of the desk: the door, and what is behind it.
import { useEffect } from "preact/hooks";
import { desk, door, watch } from "./engine/door";
import { listen } from "./router";
import { Screen } from "./screens/screen";
import { SignIn } from "./screens/signin";

export function App() {
  useEffect(() => {
    listen();
    return watch();
  }, []);
  const now = door.value;
  if (now.state === "opening") return <p class="desk-wait">Opening the desk…</p>;
  if (now.state === "closed") return <SignIn why={now.why} url="/account/login/?next=/desk/done/" />;
  return <Screen room={now.room} desk={desk.value} />;
}
