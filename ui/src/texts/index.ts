// All that the page says, in the viewer's language.

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

/** The chosen language, else the first of the browser's that there are texts in. */
function wanted(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // The browser's languages will do.
  }
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

/** Loads the texts; to be awaited before anything is shown. */
export async function loadTexts(): Promise<void> {
  language = wanted();
  texts = language === 'hi' ? (await import('./hi')).hi : en;
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

export function currentLanguage(): Language {
  return language;
}

/** Remembers the choice. The page is loaded anew: numbers and dates that are on it change, too. */
export function chooseLanguage(choice: Language): void {
  localStorage.setItem(KEY, choice);
  location.reload();
}

/** The locale for numbers and dates: the browser's own where it is of the page's language. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/** A text with its `{places}` filled in. A text that counts chooses its form by `count`; `{n}` shows the number. */
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
