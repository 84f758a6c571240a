/** Returns true for keys that text fields, menus, dialogs or the browser use themselves. */
export function isReserved(event: KeyboardEvent): boolean {
  const { target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('textarea, select, [role="menu"], [role="dialog"]') !== null ||
      (target instanceof HTMLInputElement && target.type !== 'range'))
  );
}
