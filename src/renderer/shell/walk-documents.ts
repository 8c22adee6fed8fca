/** Arrow keys, Home and End in the list of documents, and into it from the field that filters it. */
export function walkDocuments(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.currentTarget instanceof HTMLElement ? event.currentTarget.closest('.documents-place') : null;
  const isInField = event.target instanceof HTMLInputElement;
  const isMeant = isInField ? step === 1 : step !== undefined || event.key === 'Home' || event.key === 'End';
  if (list === null || !isMeant) return;
  const items = [...list.querySelectorAll<Element>('.document-open')].filter((item) => item instanceof HTMLElement);
  const focused = document.activeElement;
  const at = focused instanceof HTMLElement ? items.indexOf(focused) : -1;
  const next = event.key === 'Home' ? 0 : event.key === 'End' ? items.length - 1 : at + (step ?? 0);
  event.preventDefault();
  items[Math.min(items.length - 1, Math.max(0, next))]?.focus();
}
