//! Writing XML, and the HTML tags that are written alike.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Names and values.
type Attributes<'a> = [(&'a str, &'a str)];

/// Writes elements into a string.
pub struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// Starts with an XML declaration.
    pub fn document() -> Self {
        let mut xml = Self::fragment();
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    pub fn fragment() -> Self {
        Self(Writer::new(Vec::new()))
    }

    /// Writes a start tag, which may be all there is to an HTML element.
    pub fn start(&mut self, name: &str, attributes: &Attributes) {
        let tag = tag(name, attributes);
        self.write(Event::Start(tag));
    }

    pub fn end(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// Writes an element without content.
    pub fn empty(&mut self, name: &str, attributes: &Attributes) {
        let tag = tag(name, attributes);
        self.write(Event::Empty(tag));
    }

    /// Writes an element that holds text.
    pub fn text(&mut self, name: &str, attributes: &Attributes, text: &str) {
        self.start(name, attributes);
        self.write(Event::Text(BytesText::from_escaped(escape(text))));
        self.end(name);
    }

    pub fn new_line(&mut self) {
        self.write(Event::Text(BytesText::from_escaped("\n")));
    }

    pub fn finish(self) -> String {
        String::from_utf8(self.0.into_inner()).unwrap_or_default()
    }

    fn write(&mut self, event: Event<'_>) {
        // Writing to memory does not fail.
        let _ = self.0.write_event(event);
    }
}

fn tag<'a>(name: &'a str, attributes: &Attributes) -> BytesStart<'a> {
    let mut tag = BytesStart::new(name);
    for (name, value) in attributes {
        tag.push_attribute((*name, permitted(value).as_ref()));
    }
    tag
}

/// Text for an element or a quoted attribute.
pub fn escape(text: &str) -> Cow<'_, str> {
    quick_xml::escape::escape(permitted(text))
}

/// Text without the characters that XML does not permit. HTML can do without them, too.
fn permitted(text: &str) -> Cow<'_, str> {
    let is_permitted = |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    if text.chars().all(is_permitted) { text.into() } else { text.chars().filter(|c| is_permitted(*c)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_end_its_element_or_attribute() {
        assert_eq!(escape("<a b=\"c\" d='e'>&amp;"), "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;amp;");
        let mut xml = Xml::document();
        xml.text("a", &[("b", "\"'<>&\u{0}")], "</a>]]>&\u{1b}");
        xml.empty("c", &[]);
        assert_eq!(
            xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <a b=\"&quot;&apos;&lt;&gt;&amp;\">&lt;/a&gt;]]&gt;&amp;</a><c/>"
        );
    }

    #[test]
    fn characters_that_xml_does_not_permit_are_left_out() {
        assert_eq!(escape("one\ntwo\u{0}\u{b}\u{ffff}\u{85}ü"), "one\ntwoü");
    }
}
