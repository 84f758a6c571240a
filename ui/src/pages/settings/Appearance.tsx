import { useState } from 'react';
import { chooseTheme, currentTheme, THEMES, type Theme } from '../../app/theme';
import { chooseLanguage, currentLanguage, LANGUAGES, t, type Language } from '../../texts';

export function Appearance() {
  const [theme, setTheme] = useState<Theme>(currentTheme);
  return (
    <>
      <fieldset className="radios">
        <legend>{t('settings.theme')}</legend>
        {THEMES.map((choice) => (
          <label key={choice} className="check">
            <input
              type="radio"
              name="theme"
              checked={theme === choice}
              onChange={() => {
                chooseTheme(choice);
                setTheme(choice);
              }}
            />
            {t(`theme.${choice}`)}
          </label>
        ))}
      </fieldset>
      <fieldset className="radios">
        <legend>{t('settings.language')}</legend>
        {(Object.entries(LANGUAGES) as [Language, string][]).map(([language, name]) => (
          <label key={language} className="check" lang={language}>
            <input
              type="radio"
              name="language"
              checked={currentLanguage() === language}
              onChange={() => chooseLanguage(language)}
            />
            {name}
          </label>
        ))}
      </fieldset>
    </>
  );
}
