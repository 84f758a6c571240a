// Runs before the first paint; see src/app/theme.ts, which writes what is read here.
try {
  var theme = localStorage.getItem('chaitube.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch (_) {
  // Storage may be closed to pages; the system's theme will do.
}
