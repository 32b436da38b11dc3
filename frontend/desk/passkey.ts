// Passkeys: <form data-passkey="get|create" data-options="address or id of a JSON block"> with a hidden `credential`, a button of type
// "submit" and an element [data-says] for what went wrong. The server makes the options and judges the credential.

type Options = { publicKey: Record<string, unknown> };
type Answer = { request_options?: Options; creation_options?: Options };

const ELSEWHERE = "Sign in another way, or try another browser.";

export function passkeys(form: HTMLFormElement): void {
  const field = form.elements.namedItem("credential") as HTMLInputElement;
  const buttons = [...form.elements].filter((one) => one instanceof HTMLButtonElement && one.type === "submit");
  let waiting: AbortController | null = null;

  async function run(mediation?: CredentialMediationRequirement): Promise<void> {
    waiting?.abort();
    const turn = (waiting = new AbortController());
    const credential = await ask(form, turn.signal, mediation);
    if (turn.signal.aborted || !credential) return;
    field.value = JSON.stringify(credential.toJSON());
    form.submit();
  }

  function busy(is: boolean): void {
    buttons.forEach((button) => button.setAttribute("aria-busy", String(is)));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(form, "");
    busy(true);
    try {
      await run();
    } catch (error) {
      say(form, meaning(error, form.dataset["passkey"] === "create"));
    }
    busy(false);
  });

  // A browser that knows a passkey offers it in the e-mail field, once somebody goes there.
  const offer = document.querySelector<HTMLInputElement>("input[autocomplete~=webauthn]");
  if (offer && form.dataset["passkey"] === "get") {
    const begin = async (): Promise<void> => {
      if (waiting || !(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
      await run("conditional").catch(() => undefined); // nobody asked for it, so nobody is told
    };
    offer.addEventListener("focus", () => void begin(), { once: true });
  }
}

async function ask(form: HTMLFormElement, signal: AbortSignal, mediation?: CredentialMediationRequirement): Promise<PublicKeyCredential | null> {
  if (!window.isSecureContext) throw new DOMException("", "InsecureError");
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) throw new DOMException("", "NotSupportedError");
  const answer = await options(form.dataset["options"] ?? "");
  if (form.dataset["passkey"] === "create") {
    const asked = answer.creation_options?.publicKey as unknown as PublicKeyCredentialCreationOptionsJSON;
    if (passwordless(form)) {
      asked.authenticatorSelection = { ...asked.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
    }
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked);
    return (await navigator.credentials.create({ publicKey, signal })) as PublicKeyCredential | null;
  }
  const asked = answer.request_options?.publicKey as unknown as PublicKeyCredentialRequestOptionsJSON;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
  return (await navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) })) as PublicKeyCredential | null;
}

async function options(where: string): Promise<Answer> {
  const block = document.getElementById(where);
  if (block) return JSON.parse(block.textContent ?? "") as Answer;
  const response = await fetch(where, { headers: { Accept: "application/json" } });
  if (response.status === 429) throw new DOMException("", "TooManyError");
  if (!response.ok) throw new DOMException("", "NetworkError");
  return (await response.json()) as Answer;
}

function passwordless(form: HTMLFormElement): boolean {
  const field = form.elements.namedItem("passwordless");
  return field instanceof HTMLInputElement && (field.type === "hidden" ? field.value === "on" : field.checked);
}

function meaning(error: unknown, creating: boolean): string {
  switch (error instanceof Error ? error.name : "") {
    case "InsecureError":
      return "Passkeys work only over https, or on localhost. Ask whoever runs this site to give it a certificate.";
    case "NotSupportedError":
      return `This browser or device cannot use passkeys here. ${ELSEWHERE}`;
    case "SecurityError":
      return "The browser refuses passkeys at this address. Open the site at its own name, not at a number.";
    case "InvalidStateError":
      return creating ? "This device has a passkey of yours already." : `This device cannot use that passkey. ${ELSEWHERE}`;
    case "NotAllowedError":
    case "AbortError":
      return creating ? "No passkey was made: it was cancelled, or took too long. Try again." : "No passkey was used: it was cancelled, or took too long. Try again.";
    case "TooManyError":
      return "Too many tries. Wait a minute, then try again.";
    case "NetworkError":
    case "TypeError":
      return "The server did not answer. Check your connection, then try again.";
    default:
      return `The passkey could not be used. ${ELSEWHERE}`;
  }
}

function say(form: HTMLFormElement, words: string): void {
  const place = form.querySelector("[data-says]");
  if (place) place.textContent = words;
}
