//! Headless Chromium, driven by WebDriver.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// A chromedriver of our own on a free port. It ends when its standard input does, that is with this process.
struct Driver {
    url: String,
    _child: Child,
    _life: ChildStdin,
}

static DRIVER: LazyLock<Driver> = LazyLock::new(|| {
    let mut child = Command::new("sh")
        .args(["-c", "chromedriver --port=0 --log-level=SEVERE & pid=$!; read -r _; kill $pid 2>/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sh starts");
    let life = child.stdin.take().expect("stdin is piped");
    let port = BufReader::new(child.stdout.take().expect("stdout is piped"))
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok())
        .expect("chromedriver says its port");
    Driver { url: format!("http://127.0.0.1:{port}"), _child: child, _life: life }
});

/// The accessibility checker.
const AXE: &str = include_str!("../../vendor/axe/axe.min.js");

/// Its rules that hold: WCAG 2.2 at A and AA.
const RULES: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']";

/// What kind of screen a story is seen on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Screen {
    /// A cheap phone, 390 px wide, in light colours.
    Phone,
    /// A desk, 1280 px wide, in dark colours.
    Desk,
}

impl Screen {
    fn size(self) -> (u32, u32) {
        match self {
            Self::Phone => (390, 844),
            Self::Desk => (1280, 900),
        }
    }
}

/// A fresh browser with a profile of its own, in Indonesian.
pub(crate) async fn open(screen: Screen, javascript: bool) -> Browser {
    let (width, height) = screen.size();
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=id-ID",
        &format!("--window-size={width},{height}"),
    ];
    let mut options = json!({ "args": arguments, "prefs": { "intl.accept_languages": "id-ID,id" } });
    // Without scripts chromedriver hangs under its own emulation: there only the measures are a phone's.
    if let (Screen::Phone, true) = (screen, javascript) {
        options["mobileEmulation"] =
            json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 2.0 } });
    }
    if !javascript {
        options["prefs"]["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    let capabilities =
        json!({ "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities.as_object().expect("an object").clone())
        .connect(&DRIVER.url)
        .await
        .expect("Chromium starts");
    let browser = Browser { client, javascript };
    if let (Screen::Phone, false) = (screen, javascript) {
        let measures = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", &measures).await;
    }
    if let Screen::Desk = screen {
        let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
        browser.devtools("Emulation.setEmulatedMedia", &dark).await;
    }
    browser
}

/// A browser, with the few verbs that the stories are told in.
pub(crate) struct Browser {
    client: Client,
    javascript: bool,
}

impl Browser {
    /// Opens an address.
    pub(crate) async fn visit(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("visiting {url}: {error}"));
    }

    /// Types into the field with this label, replacing what stood there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.find(&field(label)).await;
        field.clear().await.expect("the field can be cleared");
        field.send_keys(text).await.expect("the field takes text");
    }

    /// Ticks the box with this label.
    pub(crate) async fn tick(&self, label: &str) {
        self.find(&field(label)).await.click().await.unwrap_or_else(|error| panic!("ticking {label}: {error}"));
    }

    /// Presses the button, or follows the link, with these words.
    pub(crate) async fn press(&self, words: &str) {
        self.press_in("//body", words).await;
    }

    /// Presses the button or link with these words inside the element that an XPath names.
    pub(crate) async fn press_in(&self, scope: &str, words: &str) {
        let element = self.find(&words_in(scope, words)).await;
        if element.click().await.is_err() {
            self.scroll_to(&element).await;
            element.click().await.unwrap_or_else(|error| panic!("pressing {words}: {error}"));
        }
    }

    /// Something sticky lies over an element: brings it into the middle, as a person would.
    async fn scroll_to(&self, element: &Element) {
        let argument = serde_json::to_value(element).expect("an element is JSON");
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        // An element that was replaced meanwhile cannot be scrolled to; the click says so.
        let _ = self.client.execute(script, vec![argument]).await;
    }

    /// Presses again and again until the page says something: just after a row has changed, the page does not listen to
    /// the mouse there, so that a double click does not undo itself.
    pub(crate) async fn press_until(&self, scope: &str, words: &str, seen: &str) {
        let path = words_in(scope, words);
        let found = crate::eventually(async || {
            if self.text().await.contains(seen) {
                return Some(());
            }
            if let Ok(element) = self.client.find(Locator::XPath(&path)).await {
                // Under the sticky bar, or replaced meanwhile: the next look presses again.
                if element.click().await.is_err() {
                    self.scroll_to(&element).await;
                }
            }
            None
        });
        assert!(found.await.is_some(), "pressing {words} never led to `{seen}`; the page says:\n{}", self.text().await);
    }

    /// Waits until the page says these words, and fails with what it says instead.
    pub(crate) async fn sees(&self, words: &str) {
        self.waits_for(words, true).await;
    }

    /// Waits until the page no longer says these words.
    pub(crate) async fn no_longer_sees(&self, words: &str) {
        self.waits_for(words, false).await;
    }

    async fn waits_for(&self, words: &str, wanted: bool) {
        let mut last = String::new();
        let found = crate::eventually(async || {
            last = self.text().await;
            (last.contains(words) == wanted).then_some(())
        })
        .await;
        let verb = if wanted { "does not say" } else { "still says" };
        assert!(found.is_some(), "the page {verb} `{words}`; it says:\n{last}");
    }

    /// Everything the page says, with white space squeezed.
    pub(crate) async fn text(&self) -> String {
        let script = "return document.body ? document.body.innerText : ''";
        let text = match self.client.execute(script, Vec::new()).await {
            Ok(value) => value.as_str().unwrap_or_default().to_owned(),
            // The page is being replaced.
            Err(_) => String::new(),
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text of the element that an XPath names, with white space squeezed.
    pub(crate) async fn text_of(&self, path: &str) -> String {
        let text = self.find(path).await.text().await.unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The value of the field with this label.
    pub(crate) async fn value_of(&self, label: &str) -> String {
        let field = self.find(&field(label)).await;
        field.prop("value").await.expect("a field has a value").unwrap_or_default()
    }

    /// Where the browser is.
    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.expect("there is a page").to_string()
    }

    /// Runs a script in the page.
    pub(crate) async fn run(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("script failed: {error}"))
    }

    async fn find(&self, path: &str) -> Element {
        let found = crate::eventually(async || self.client.find(Locator::XPath(path)).await.ok()).await;
        match found {
            Some(element) => element,
            None => panic!("nothing on the page is {path}; {} says:\n{}", self.address().await, self.text().await),
        }
    }

    /// How far the page can be scrolled sideways, and what sticks out of it; nothing, if all is well. While the page
    /// fades in from the one before, Chromium's picture of the old one is as wide as the window with its scrollbar: that
    /// passes, and is waited for.
    pub(crate) async fn sideways(&self) -> String {
        let mut last = String::new();
        let level = crate::eventually(async || {
            last = self.sideways_now().await;
            last.is_empty().then_some(())
        });
        if level.await.is_some() { String::new() } else { last }
    }

    /// What the browser itself found wrong since it was asked last: scripts that failed, files that were missing, things
    /// that the page's own rules forbid.
    pub(crate) async fn faults(&self) -> Vec<String> {
        let told = self.tell("se/log", &json!({ "type": "browser" })).await;
        let entries = told["value"].as_array().unwrap_or_else(|| panic!("no log: {told}"));
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What keeps people out of the page that is shown: rule, what it asks for and where it is broken.
    pub(crate) async fn barriers(&self) -> Vec<String> {
        let script = format!(
            "{AXE}
            document.getAnimations().forEach(animation => animation.finish());
            const place = node => node.target.join(' ');
            const told = rule => rule.id + ' (' + rule.help + '): ' + rule.nodes.slice(0, 4).map(place).join(', ');
            return axe.run(document, {{ runOnly: {RULES}, resultTypes: ['violations'] }}).then(found => found.violations.map(told));"
        );
        let found = self.run(&script).await;
        let found = found.as_array().unwrap_or_else(|| panic!("axe says nothing: {found}"));
        found.iter().map(|what| what.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Fails when the page can be scrolled sideways, or keeps people out. The second is looked for by a script.
    pub(crate) async fn fits(&self) {
        let sideways = self.sideways().await;
        assert_eq!(sideways, "", "{} scrolls sideways", self.address().await);
        if self.javascript {
            let barriers = self.barriers().await;
            assert!(barriers.is_empty(), "{} keeps people out:\n{}", self.address().await, barriers.join("\n"));
        }
    }

    async fn devtools(&self, command: &str, parameters: &serde_json::Value) {
        self.tell("goog/cdp/execute", &json!({ "cmd": command, "params": parameters })).await;
    }

    /// A command that only chromedriver knows.
    async fn tell(&self, command: &str, body: &serde_json::Value) -> serde_json::Value {
        let session = self.client.session_id().await.ok().flatten().expect("a session has an id");
        let address = format!("{}/session/{session}/{command}", DRIVER.url);
        let told = reqwest::Client::new().post(address).json(body).send().await.expect("chromedriver listens");
        assert!(told.status().is_success(), "{}", told.text().await.unwrap_or_default());
        told.json().await.expect("chromedriver speaks JSON")
    }

    async fn sideways_now(&self) -> String {
        let script = "
            const root = document.documentElement, y = window.scrollY;
            window.scrollTo(9999, y);
            const by = window.scrollX;
            window.scrollTo(0, y);
            if (by === 0) return '';
            const out = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1);
            const name = e => e.tagName + '#' + e.id + '.' + e.getAttribute('class') + ' ' + Math.round(e.getBoundingClientRect().right);
            return by + ' px; window ' + window.innerWidth + ', page ' + root.clientWidth + ' of ' + root.scrollWidth + ': ' + out.slice(0, 8).map(name).join(', ');";
        self.run(script).await.as_str().unwrap_or_default().to_owned()
    }

    /// How wide the window is inside, in CSS pixels.
    pub(crate) async fn width(&self) -> i64 {
        self.run("return window.innerWidth").await.as_i64().unwrap_or_default()
    }

    /// Ends the browser.
    pub(crate) async fn close(self) {
        self.client.close().await.expect("Chromium ends");
    }
}

/// The button or link with these words inside of something.
fn words_in(scope: &str, words: &str) -> String {
    format!(
        "({scope})//*[self::button or self::a or self::summary][not(@aria-hidden)][contains(normalize-space(.), '{words}')]"
    )
}

/// A form field by the words of its label, which may be one for the ear only.
fn field(label: &str) -> String {
    format!(
        "//input[@aria-label = '{label}'] | //*[@id = //label[contains(normalize-space(.), '{label}')]/@for] | //label[contains(normalize-space(.), '{label}')]//*[self::input or self::select or self::textarea]"
    )
}
