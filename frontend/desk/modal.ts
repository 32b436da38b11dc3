// What the list of commands and the help have in common: a dialog above every screen, one at a time.
import { useLayoutEffect, useRef } from "preact/hooks";
import { dialog } from "./commands";

/**
 * Open the dialog that gets `opened` as its properties; `leave` closes it. The focus is back where it was, and the key after
 * it may open the next one, as soon as either has returned: a browser that is busy says "close" much later than that.
 */
export function useModal() {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    box.current?.showModal();
  }, []);
  const shut = (): void => void (box.current && (dialog.value = ""));
  const leave = (): void => {
    box.current?.close();
    shut();
  };
  return { box, leave, opened: { ref: box, onCancel: leave, onClose: shut } };
}
