// Signing in, and proving again who one is, without leaving the desk: the account pages in a dialog.
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  why: string;
  url: string;
  cancel?: () => void;
}

export function SignIn({ why, url, cancel }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog class="desk-signin" ref={dialog} aria-labelledby="signin-title" onCancel={(event) => (cancel ? cancel() : event.preventDefault())} onClose={() => cancel || dialog.current?.showModal()}>
      <h1 id="signin-title">{cancel ? "Prove that it is you" : "Sign in"}</h1>
      {why && <p>{why} Your words are kept on this device.</p>}
      <iframe src={url} title="Sign in" allow="publickey-credentials-get *; publickey-credentials-create *" />
      <p class="desk-actions">
        <a href={url} target="_blank" rel="opener">
          Open in a window of its own
        </a>
        {cancel && (
          <button type="button" onClick={cancel}>
            Not now
          </button>
        )}
      </p>
    </dialog>
  );
}
