// Share buttons: the system's own sheet, else the address is copied.

export function share(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-share]");
    if (button) void offer(button);
  });
}

async function offer(button: HTMLElement): Promise<void> {
  const url = location.origin + button.dataset["share"]!;
  try {
    if (navigator.share) await navigator.share({ url });
    else {
      await navigator.clipboard.writeText(url);
      button.textContent = document.body.dataset["tCopied"]!;
    }
  } catch {
    // The reader closed the sheet, or the clipboard is forbidden.
  }
}
