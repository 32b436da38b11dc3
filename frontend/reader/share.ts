// Share links: the system's own sheet, else the address is copied. Without the script they lead to the update's own page.

export function share(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-share]");
    if (!link) return;
    event.preventDefault();
    void offer(link);
  });
}

async function offer(link: HTMLAnchorElement): Promise<void> {
  try {
    if (navigator.share) await navigator.share({ url: link.href });
    else {
      await navigator.clipboard.writeText(link.href);
      link.textContent = document.body.dataset["tCopied"]!;
    }
  } catch {
    // The reader closed the sheet, or the clipboard is forbidden.
  }
}
