//! The head of a page: its description for browsers, search engines, and programs that show shared links.

use url::Url;

use crate::xml::{Xml, escape};

/// The name the site goes by, where one is asked for.
pub const SITE_NAME: &str = "Chaitube";

const DESCRIPTION_CHARS_MAX: usize = 300;

/// `index.html`, cut where a page's own head goes in.
pub struct Template {
    before_title: String,
    /// The title it came with, as HTML.
    title: String,
    before_head: String,
    /// The description it came with, as HTML.
    description: String,
    rest: String,
}

/// The metadata of a page.
#[derive(Clone, Debug)]
pub struct Head {
    pub title: String,
    pub description: String,
    pub address: Url,
    /// The kind of thing it is about, in Open Graph's words.
    pub kind: &'static str,
    pub image: Option<Image>,
    pub player: Option<Player>,
    /// The URL of its oEmbed response.
    pub oembed: Option<Url>,
    /// The URL of its feed, if it has one.
    pub feed: Option<Url>,
}

/// An image, and its size in pixels where that is known.
#[derive(Clone, Debug)]
pub struct Image {
    pub address: String,
    pub size: Option<(u32, u32)>,
}

/// How other sites can play a video: in a frame, or as a file. The size is in pixels.
#[derive(Clone, Debug)]
pub struct Player {
    pub frame: Url,
    /// Its address and type, if browsers play it.
    pub file: Option<(String, &'static str)>,
    pub size: (u32, u32),
}

impl Template {
    /// Cuts a page at its title and at `<!--head-->`, or else at the end of its head, and takes its description out.
    pub fn new(html: &str) -> Self {
        let (before_title, title, rest) = cut(html, "<title>", "</title>").unwrap_or(("", "", html));
        let (described, description, after) = cut(rest, "<meta name=\"description\"", ">").unwrap_or((rest, "", ""));
        let rest = format!("{described}{after}");
        let (before_head, rest) = rest
            .split_once("<!--head-->")
            .or_else(|| rest.find("</head>").map(|at| rest.split_at(at)))
            .unwrap_or((&rest, ""));
        Self {
            before_title: before_title.to_owned(),
            title: format!("<title>{title}</title>"),
            before_head: before_head.to_owned(),
            description: if description.is_empty() {
                String::new()
            } else {
                format!("<meta name=\"description\"{description}>")
            },
            rest: rest.to_owned(),
        }
    }

    /// Returns the page with this head; with its own, if there is nothing to say.
    pub fn page(&self, head: Option<&Head>) -> String {
        let (title, more) = match head {
            Some(head) => (format!("<title>{} · {SITE_NAME}</title>", escape(&head.title)), head.html()),
            None => (self.title.clone(), self.description.clone()),
        };
        format!("{}{title}{}{more}{}", self.before_title, self.before_head, self.rest)
    }
}

/// Splits `text` into what is before, between and after the two markers.
fn cut<'t>(text: &'t str, start: &str, end: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (before, rest) = text.split_once(start)?;
    let (between, after) = rest.split_once(end)?;
    Some((before, between, after))
}

impl Head {
    /// Returns the tags, but for the title.
    fn html(&self) -> String {
        let mut tags = Tags(Xml::fragment());
        let description = shortened(&self.description);
        tags.tag("link", &[("rel", "canonical"), ("href", self.address.as_str())]);
        tags.named("description", &description);
        tags.property("og:site_name", SITE_NAME);
        tags.property("og:type", self.kind);
        tags.property("og:title", &self.title);
        tags.property("og:description", &description);
        tags.property("og:url", self.address.as_str());
        if let Some(image) = &self.image {
            tags.property("og:image", &image.address);
            tags.size("og:image", image.size);
            tags.property("og:image:alt", &self.title);
            tags.named("twitter:image", &image.address);
        }
        if let Some(player) = &self.player {
            tags.player(player);
        }
        let card = match (&self.player, &self.image) {
            (Some(_), _) => "player",
            (None, Some(_)) => "summary_large_image",
            (None, None) => "summary",
        };
        tags.named("twitter:card", card);
        tags.named("twitter:title", &self.title);
        tags.named("twitter:description", &description);
        if let Some(address) = &self.oembed {
            tags.alternate("application/json+oembed", address, &self.title);
        }
        if let Some(address) = &self.feed {
            tags.alternate("application/rss+xml", address, &self.title);
        }
        tags.0.finish()
    }
}

/// Shortens a text to one line of a length that programs show.
pub fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(DESCRIPTION_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// The tags of a head.
struct Tags(Xml);

impl Tags {
    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.start(name, attributes);
        self.0.new_line();
    }

    fn property(&mut self, name: &str, content: &str) {
        self.tag("meta", &[("property", name), ("content", content)]);
    }

    fn named(&mut self, name: &str, content: &str) {
        self.tag("meta", &[("name", name), ("content", content)]);
    }

    fn size(&mut self, of: &str, size: Option<(u32, u32)>) {
        let Some((width, height)) = size else { return };
        self.property(&format!("{of}:width"), &width.to_string());
        self.property(&format!("{of}:height"), &height.to_string());
    }

    fn alternate(&mut self, kind: &str, address: &Url, title: &str) {
        let attributes = [("rel", "alternate"), ("href", address.as_str()), ("type", kind), ("title", title)];
        self.tag("link", &attributes);
    }

    /// The frame comes first: some read only one.
    fn player(&mut self, player: &Player) {
        let file = player.file.as_ref().map(|(address, kind)| (address.as_str(), *kind));
        for (address, kind) in [Some((player.frame.as_str(), "text/html")), file].into_iter().flatten() {
            self.property("og:video", address);
            if address.starts_with("https:") {
                self.property("og:video:secure_url", address);
            }
            self.property("og:video:type", kind);
            self.size("og:video", Some(player.size));
        }
        self.named("twitter:player", player.frame.as_str());
        self.named("twitter:player:width", &player.size.0.to_string());
        self.named("twitter:player:height", &player.size.1.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str =
        "<html><head><title>Home</title><meta name=\"description\" content=\"All\" /><link></head></html>";

    fn head(title: &str) -> Head {
        let address = Url::parse("https://tube.example/watch/1").unwrap();
        let nothing = None;
        Head {
            title: title.to_owned(),
            description: title.to_owned(),
            address,
            kind: "website",
            image: None,
            player: None,
            oembed: nothing.clone(),
            feed: nothing,
        }
    }

    #[test]
    fn a_page_without_a_head_of_its_own_is_what_it_was() {
        let page = Template::new(INDEX).page(None);
        assert_eq!(page.matches("<title>Home</title>").count(), 1, "{page}");
        assert_eq!(page.matches("<meta name=\"description\" content=\"All\" />").count(), 1, "{page}");
        assert!(page.starts_with("<html><head>") && page.ends_with("</head></html>"), "{page}");
    }

    #[test]
    fn a_head_takes_the_place_of_the_general_one() {
        for index in [INDEX.to_owned(), INDEX.replace("<link>", "<!--head--><link>")] {
            let page = Template::new(&index).page(Some(&head("</title><script>\"x'")));
            assert_eq!(page.matches("<title>").count(), 1, "{page}");
            assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;&quot;x&apos; · Chaitube</title>"), "{page}");
            assert_eq!(page.matches("name=\"description\"").count(), 1, "{page}");
            assert!(!page.contains("<script>") && !page.contains("All") && !page.contains("<!--head-->"), "{page}");
            assert!(page.find("canonical") < page.find("</head>"), "{page}");
        }
        let marked = Template::new(&INDEX.replace("<link>", "<!--head--><link>")).page(Some(&head("x")));
        assert!(marked.find("canonical") < marked.find("<link></head>"), "{marked}");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened(" one\n two "), "one two");
        assert_eq!(shortened(&"é".repeat(400)).chars().count(), 301);
    }
}
