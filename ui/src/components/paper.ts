// What is printed: a paper hangs at the end of the page, unseen until the printer asks for it.

/** Moves the paper out of the window's layout, so that only it is printed. */
export function onPaper(node: HTMLElement): () => void {
  document.body.append(node);
  return () => node.remove();
}
