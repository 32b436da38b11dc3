// A dialog that has the screen for itself: Esc closes it, and the focus goes back to where it was.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  title: string;
  close: () => void;
  children: ComponentChildren;
  wide?: boolean;
}

/** What has `data-first` gets the focus; else the title, where no key presses anything. */
export function Dialog({ title, close, children, wide = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    const first = ["[data-first]", "#dialog-title"].map((one) => dialog.current?.querySelector<HTMLElement>(one)).find(Boolean);
    first?.focus();
    return () =>
      // once the dialog is gone: what is behind one takes no focus
      queueMicrotask(() => {
        const back = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.getElementById("main");
        back?.focus();
      });
  }, []);
  return (
    <dialog
      class={wide ? "desk-dialog is-wide" : "desk-dialog"}
      ref={dialog}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClose={close}
    >
      <h2 id="dialog-title" tabIndex={-1}>{title}</h2>
      {children}
    </dialog>
  );
}
