//! HTML as text, with everything that is not markup escaped.

use std::fmt::Write;

use serde_json::Value;

/// HTML under way.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of ours.
    pub(super) fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// Text, escaped.
    pub(super) fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
    }

    /// An element with text. `open` is the start tag without its brackets.
    pub(super) fn element(&mut self, open: &str, text: &str) {
        let name = open.split(' ').next().unwrap_or(open);
        self.raw(&format!("<{open}>"));
        self.text(text);
        self.raw(&format!("</{name}>"));
    }

    /// Text of a description: paragraphs, and words in backticks as code.
    pub(super) fn prose(&mut self, text: &str) {
        for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            self.raw("<p>");
            self.inline(paragraph);
            self.raw("</p>");
        }
    }

    /// One line of a description.
    pub(super) fn inline(&mut self, text: &str) {
        for (n, part) in text.split('`').enumerate() {
            if n % 2 == 0 {
                self.text(part);
            } else {
                self.element("code", part);
            }
        }
    }

    /// An example, as it goes over the wire.
    pub(super) fn sample(&mut self, value: &Value) {
        self.element("pre", &serde_json::to_string_pretty(value).unwrap_or_default());
    }

    /// A link into the page.
    pub(super) fn link(&mut self, target: &str, text: &str) {
        self.raw("<a href=\"#");
        self.text(target);
        self.raw("\">");
        self.text(text);
        self.raw("</a>");
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl Write for Html {
    /// Writes text, escaped.
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.text(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_text_stays_text() {
        let mut html = Html::default();
        html.prose("<script>alert('&')</script> `a<b`");
        assert_eq!(
            html.into_string(),
            "<p>&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt; <code>a&lt;b</code></p>"
        );
    }
}
