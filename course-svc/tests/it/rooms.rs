//! Rooms: make, change, list.

use chassis::error::Kind;
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;

use crate::support::{TestApp, answer, fails, fields, id};

async fn create(app: &TestApp, room: pb::Room) -> Result<pb::Room, chassis::error::Fault> {
    answer(app.offering().create_room(pb::CreateRoomRequest { room: Some(room) }).await)
}

async fn update(app: &TestApp, room: pb::Room) -> Result<pb::Room, chassis::error::Fault> {
    answer(app.offering().update_room(pb::UpdateRoomRequest { room: Some(room) }).await)
}

chassis::both_engines! {
    async fn a_room_is_made_and_changed(app: TestApp) {
        let made = app.room("A.2.03", 45).await;
        assert_eq!((made.version, made.capacity), (1, 45));
        let changed = update(&app, pb::Room { name: "Kelas Besar".to_owned(), capacity: 50, ..made.clone() }).await;
        let changed = changed.expect("changed");
        assert_eq!((changed.version, changed.capacity, changed.name.as_str()), (2, 50, "Kelas Besar"));
        fails(update(&app, made.clone()).await, Kind::Stale);
        let fault = fails(update(&app, pb::Room { code: "B".to_owned(), ..changed }).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("code".to_owned(), "fixed".to_owned())]);
        assert_eq!(fails(create(&app, made).await, Kind::Duplicate).reason(), "room-exists");
        for id in [id("none"), "\0".to_owned()] {
            fails(update(&app, pb::Room { id, code: "X".to_owned(), ..Default::default() }).await, Kind::Absent);
        }
        let wrong = pb::Room { code: String::new(), capacity: 10_001, ..Default::default() };
        let fault = fails(create(&app, wrong).await, Kind::Malformed);
        let expected = [("code", "required"), ("capacity", "out-of-range")];
        assert_eq!(fields(&fault), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    }

    async fn rooms_are_listed_by_code_and_paged(app: TestApp) {
        for code in ["B.1", "A.2", "A.1", "DARING"] {
            app.room(code, 0).await;
        }
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let request = pb::ListRoomsRequest { page: Some(PageRequest { size: 3, cursor: cursor.clone() }) };
            let page = answer(app.catalogue().list_rooms(request).await).expect("a page");
            found.extend(page.rooms.into_iter().map(|room| room.code));
            cursor = page.page.expect("where it goes on").next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(found, ["A.1", "A.2", "B.1", "DARING"]);
    }
}
