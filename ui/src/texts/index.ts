// The page's texts in the viewer's language.

import { en, type TextKey, type Texts } from './en';

export type { TextKey };

/** Languages and their own names. */
export const LANGUAGES = { en: 'English', hi: 'हिन्दी' } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = 'chaitube.language';

let texts: Texts = en;
let language: Language = 'en';
let plurals = new Intl.PluralRules('en');

const isLanguage = (value: string | null | undefined): value is Language =>
  value !== null && value !== undefined && value in LANGUAGES;

/** Returns the selected language, or the first of the browser's that has a catalogue. */
function wanted(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage is blocked.
  }
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

/** Loads the catalogue. To be awaited before the first render. */
export async function loadTexts(): Promise<void> {
  language = wanted();
  texts = language === 'hi' ? (await import('./hi')).hi : en;
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

export function currentLanguage(): Language {
  return language;
}

/** Stores the choice and reloads the page, so that numbers and dates change as well. */
export function chooseLanguage(choice: Language): void {
  localStorage.setItem(KEY, choice);
  location.reload();
}

/** Returns the locale for numbers and dates: the browser's regional variant of the language, if there is one. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/** Returns a text with its `{placeholders}` replaced. `count` selects the plural form; `{n}` shows the number. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  const message = texts[key];
  const text =
    typeof message === 'string'
      ? message
      : plurals.select(Number(values.count)) === 'one'
        ? message.one
        : message.other;
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
