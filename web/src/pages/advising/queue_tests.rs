use super::*;
use crate::local::Local;

#[test]
fn an_address_of_the_list_reads_back_as_it_was() {
    let filter =
        Filter { period: "20261".into(), tab: Tab::Draft, q: "a & b".into(), all: true, cursor: "x+/=".into() };
    let href = filter.href(filter.tab, &filter.cursor);
    assert_eq!(Filter::read(&Local::parse(&href).unwrap().query()), filter);
    for tab in Tab::EVERY {
        let href = filter.href(tab, "");
        assert_eq!(Filter::read(&Local::parse(&href).unwrap().query()).tab, tab);
    }
}
