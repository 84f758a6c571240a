//! What makes two letters the same for the search.
//!
//! Case, width, accents, vowel points and the like do not matter. Vowel signs of Indic and South-East Asian scripts do:
//! without them other words would be left.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds a text as the index has it. Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    // Folded letters may be written with several others, which Unicode keeps apart from their marks.
    for letter in text.nfkd().filter(|letter| !is_dropped(*letter)).flat_map(char::to_lowercase) {
        match spelled_out(letter) {
            Some(letters) => folded.push_str(letters),
            None if is_dropped(letter) => {}
            None => folded.push(letter),
        }
    }
    // Back together: syllables of Hangul, and kana with their voicing marks.
    folded.nfc().collect()
}

/// Marks that are left out, and characters that nobody sees.
pub const fn is_dropped(letter: char) -> bool {
    matches!(letter,
        // Accents of Latin, Greek and Cyrillic.
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}'
        // Points of Hebrew, vowel signs of Arabic, and the stroke that only lengthens its words.
        | '\u{0591}'..='\u{05C7}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}'
        | '\u{06D6}'..='\u{06ED}' | '\u{0640}'
        // Dots below letters of Indic scripts, which many leave out.
        | '\u{093C}' | '\u{09BC}' | '\u{0A3C}' | '\u{0ABC}' | '\u{0B3C}'
        // Soft hyphens, joiners and the choice between text and emoji.
        | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Letters that are no letter with a mark for Unicode, and are typed without it all the same.
const fn spelled_out(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

/// Says whether words are made of this, also when it belongs to the letter before.
pub fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter) || is_dropped(letter)
}

/// Says whether the script is written without spaces, or with endings on its words: then pairs of letters are indexed.
pub const fn is_of_pairs(letter: char) -> bool {
    matches!(letter,
        // Thai, Lao, Tibetan, Myanmar, Khmer.
        '\u{0E00}'..='\u{0EFF}' | '\u{0F00}'..='\u{0FFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        // Kana, and their half-width forms.
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}'
        // Han, with what is beyond the basic plane.
        | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}'
        // Hangul.
        | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7AF}')
}

/// Says whether it is a word by itself.
pub const fn is_symbol(letter: char) -> bool {
    matches!(letter, '\u{2600}'..='\u{27BF}' | '\u{1F300}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_and_width_do_not_matter() {
        for (text, folded) in [
            ("ÉCOLE d’été", "ecole d’ete"),
            ("Straße", "strasse"),
            ("İstanbul ISPARTA ılık", "istanbul isparta ilik"),
            ("Łódź", "lodz"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("Ёлка", "елка"),
            ("كِتَاب", "كتاب"),
            ("كــتاب", "كتاب"),
            ("שָׁלוֹם", "שלום"),
            ("ﾃﾞｰﾀ", "データ"),
            ("ｆｕｌｌ", "full"),
            ("हिन्दी", "हिन्दी"),
            ("ज़रूर", "जरूर"),
            ("tiếng Việt", "tieng viet"),
            ("한국어", "한국어"),
            ("ﬁlm", "film"),
        ] {
            assert_eq!(fold(text), fold(folded), "{text}");
            assert_eq!(fold(text), folded.nfc().collect::<String>(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
