//! Areas, units, facilities, devices, people and sessions.

use siaga::store::{Device, DeviceKind, Error, Facility, PayloadKey, Role, Session, User};

use super::*;

fn device(name: &str, number: u32) -> Device {
    Device {
        name: name.into(),
        number: 1,
        area: area(),
        unit: unit(number),
        kind: DeviceKind::Native,
        secret_hash: [3; 32],
        enrolled_at: at(MORNING),
        revoked_at: None,
        old_secret: None,
        payload_key: None,
        address: None,
    }
}

fn person(name: &str, role: Role) -> User {
    User {
        name: name.into(),
        area: area(),
        role,
        unit: (role == Role::Crew).then(|| unit(1)),
        password_hash: "$argon2id$v=19$x".into(),
        created_at: at(MORNING),
    }
}

fn session(token: u8, user: &str) -> Session {
    Session {
        token_hash: [token; 32],
        user: user.into(),
        created_at: at(MORNING),
        expires_at: at(MORNING + 1_000),
    }
}

fn exists(error: &Error, wanted: &str) -> bool {
    matches!(error, Error::Exists { name, .. } if name == wanted)
}

#[tokio::test]
async fn an_area_is_kept_and_can_be_corrected() {
    on_both(async |place| {
        let better = Area { name: "Jember".into(), ..jember() };
        place.store.save_area(&banyuwangi()).await.expect("saved");
        place.store.save_area(&better).await.expect("saved");
        assert_eq!(place.store.areas().await.expect("areas"), [better, banyuwangi()]);
    })
    .await;
}

#[tokio::test]
async fn the_roster_is_read_by_index_and_an_index_never_changes() {
    on_both(async |place| {
        let units = [roster_unit(2), roster_unit(0), roster_unit(1)];
        place.store.save_units(&area(), &units).await.expect("saved");
        let mut renamed = RosterUnit { name: "Pusling".into(), ..roster_unit(1) };
        renamed.capabilities.clear();
        let moved = RosterUnit { index: 77, ..renamed.clone() };
        place.store.save_units(&area(), &[moved]).await.expect("saved");
        let roster = place.store.units(&area()).await.expect("units");
        assert_eq!(roster, [roster_unit(0), renamed, roster_unit(2)]);
        assert_eq!(place.store.units(&code("35.10")).await.expect("units"), []);
    })
    .await;
}

#[tokio::test]
async fn a_roster_is_saved_as_a_whole_or_not_at_all() {
    on_both(async |place| {
        let same_index = RosterUnit { index: 0, ..roster_unit(1) };
        let refused = place.store.save_units(&area(), &[roster_unit(0), same_index]).await;
        assert!(refused.is_err());
        assert_eq!(place.store.units(&area()).await.expect("units"), []);
    })
    .await;
}

#[tokio::test]
async fn facilities_are_kept_and_can_be_corrected() {
    on_both(async |place| {
        let hospital = Facility {
            id: "rsd-soebandi".into(),
            name: "RSD dr. Soebandi".into(),
            kind: "hospital".into(),
            position: Position::new(-8.15, 113.71).expect("a place"),
            capabilities: vec!["ponek".into()],
            demo: true,
        };
        let post = Facility { id: "pkm-silo".into(), kind: "puskesmas".into(), ..hospital.clone() };
        let both = [hospital.clone(), post.clone()];
        place.store.save_facilities(&area(), &both).await.expect("saved");
        let real = Facility { demo: false, ..hospital };
        place.store.save_facilities(&area(), std::slice::from_ref(&real)).await.expect("saved");
        assert_eq!(place.store.facilities(&area()).await.expect("facilities"), [post, real]);
    })
    .await;
}

#[tokio::test]
async fn a_device_is_known_by_name_until_it_is_revoked_and_after() {
    on_both(async |place| {
        place.store.save_units(&area(), &[roster_unit(1)]).await.expect("saved");
        let kinds = [
            DeviceKind::Forwarded,
            DeviceKind::Native,
            DeviceKind::Owntracks,
            DeviceKind::Sms,
            DeviceKind::Traccar,
        ];
        let of_kind = |(kind, number)| {
            let name = format!("d-{kind:?}");
            Device { kind, number, ..device(&name, 1) }
        };
        let devices: Vec<Device> = kinds.into_iter().zip(1..).map(of_kind).collect();
        place.store.add_devices(&devices).await.expect("enrolled");
        let names = place.store.device_names(&area(), &unit(1)).await.expect("names");
        let expected = devices.iter().map(|device| (device.number, device.name.clone()));
        assert_eq!(names, expected.collect());
        assert!(place.store.device_names(&area(), &unit(2)).await.expect("names").is_empty());
        let mut listed = place.store.devices(&area()).await.expect("devices");
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(listed, devices);
        for later in [5, 9] {
            place.store.revoke_device("d-Native", at(MORNING + later)).await.expect("revoked");
        }
        let revoked = place.store.device("d-Native").await.expect("read").expect("known");
        assert_eq!(revoked.revoked_at, Some(at(MORNING + 5)), "the first time stands");
        assert_eq!(place.store.device("d-Traccar").await.expect("read"), Some(devices[4].clone()));
        assert_eq!(place.store.device("nobody").await.expect("read"), None);
    })
    .await;
}

#[tokio::test]
async fn all_devices_of_an_area_lose_their_right_at_once_and_those_that_did_lately_are_named() {
    on_both(async |place| {
        let store = &place.store;
        store.save_area(&banyuwangi()).await.expect("saved");
        store.save_units(&area(), &[roster_unit(1)]).await.expect("saved");
        store.save_units(&banyuwangi().id, &[roster_unit(1)]).await.expect("saved");
        let neighbour = Device { area: banyuwangi().id, ..device("amb-4", 1) };
        let devices = [device("amb-1", 1), device("amb-2", 1), device("amb-3", 1), neighbour];
        store.add_devices(&devices).await.expect("enrolled");
        store.revoke_device("amb-1", at(MORNING)).await.expect("revoked");
        store.revoke_devices(&area(), at(MORNING + 5)).await.expect("revoked");
        let mut revoked = Vec::new();
        for device in &devices {
            let stored = store.device(&device.name).await.expect("read").expect("known");
            revoked.push(stored.revoked_at.map(|at| at.ms() - MORNING));
        }
        assert_eq!(revoked, [Some(0), Some(5), Some(5), None], "the first time stands");
        let since = async |ms: i64| {
            let named = store.devices_revoked_since(&area(), at(MORNING + ms)).await;
            let mut named = named.expect("names");
            named.sort();
            named
        };
        assert_eq!(since(0).await, ["amb-1", "amb-2", "amb-3"]);
        assert_eq!(since(5).await, ["amb-2", "amb-3"]);
        assert!(since(6).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_device_name_is_taken_once_and_a_refused_batch_leaves_nothing() {
    on_both(async |place| {
        place.store.save_units(&area(), &[roster_unit(1), roster_unit(2)]).await.expect("saved");
        place.store.add_devices(&[device("amb-1", 1)]).await.expect("enrolled");
        let batch = [device("amb-2", 2), device("amb-1", 2)];
        let refused = place.store.add_devices(&batch).await.expect_err("taken");
        assert!(exists(&refused, "amb-1"), "{refused}");
        assert_eq!(refused.to_string(), "device 'amb-1' exists already");
        assert_eq!(place.store.device("amb-2").await.expect("read"), None);
    })
    .await;
}

#[tokio::test]
async fn people_of_every_role_are_kept_and_a_name_is_taken_once() {
    on_both(async |place| {
        let roles = [Role::Operator, Role::Supervisor, Role::Crew, Role::Official, Role::Admin];
        let mut people: Vec<User> =
            roles.map(|role| person(&format!("{role:?}").to_lowercase(), role)).to_vec();
        for user in &people {
            place.store.add_user(user).await.expect("added");
        }
        let refused = place.store.add_user(&person("crew", Role::Admin)).await.expect_err("taken");
        assert!(exists(&refused, "crew"), "{refused}");
        people.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(place.store.users(&area()).await.expect("people"), people);
        let crew = place.store.user("crew").await.expect("read");
        assert_eq!(crew, Some(person("crew", Role::Crew)));
        assert_eq!(place.store.user("nobody").await.expect("read"), None);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_too_old_or_signed_out() {
    on_both(async |place| {
        let budi = person("budi", Role::Operator);
        place.store.add_user(&budi).await.expect("added");
        for token in [1, 2] {
            place.store.add_session(&session(token, "budi")).await.expect("signed in");
        }
        let found = async |token: u8, ms: i64| {
            place.store.session(&[token; 32], at(ms)).await.expect("read")
        };
        let first = Some((session(1, "budi"), budi.clone()));
        assert_eq!(found(1, MORNING + 999).await, first);
        assert_eq!(found(1, MORNING + 1_000).await, None, "at its end it has ended");
        assert_eq!(found(3, MORNING).await, None);
        place.store.end_session(&[2; 32]).await.expect("signed out");
        assert_eq!(found(2, MORNING).await, None);
        place.store.prune_sessions(at(MORNING + 999)).await.expect("pruned");
        assert_eq!(found(1, MORNING).await, first);
        place.store.prune_sessions(at(MORNING + 1_000)).await.expect("pruned");
        assert_eq!(found(1, MORNING).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_that_persons_sessions_and_no_others() {
    on_both(async |place| {
        for (token, name) in [(1, "budi"), (2, "sari")] {
            place.store.add_user(&person(name, Role::Operator)).await.expect("added");
            place.store.add_session(&session(token, name)).await.expect("signed in");
        }
        place.store.set_password("budi", "$argon2id$new").await.expect("set");
        let budi = place.store.user("budi").await.expect("read").expect("known");
        assert_eq!(budi.password_hash, "$argon2id$new");
        assert!(place.store.session(&[1; 32], at(MORNING)).await.expect("read").is_none());
        assert!(place.store.session(&[2; 32], at(MORNING)).await.expect("read").is_some());
    })
    .await;
}

#[tokio::test]
async fn everything_is_still_there_after_a_restart() {
    on_both(async |mut place| {
        place.store.save_units(&area(), &[roster_unit(1)]).await.expect("saved");
        place.store.add_devices(&[device("amb-1", 1)]).await.expect("enrolled");
        place.store.add_user(&person("crew", Role::Crew)).await.expect("added");
        place.store.add_session(&session(1, "crew")).await.expect("signed in");
        place.reopen().await;
        assert_eq!(place.store.areas().await.expect("areas"), [jember()]);
        assert_eq!(place.store.units(&area()).await.expect("units"), [roster_unit(1)]);
        assert_eq!(place.store.device("amb-1").await.expect("read"), Some(device("amb-1", 1)));
        assert!(place.store.session(&[1; 32], at(MORNING)).await.expect("read").is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_keeps_its_secret_beside_a_new_one_and_a_code_is_used_once() {
    on_both(async |place| {
        let store = &place.store;
        store.save_units(&area(), &[roster_unit(1)]).await.expect("saved");
        let phone = Device {
            payload_key: Some(PayloadKey([7; 32])),
            address: Some("+6281234567890".to_owned()),
            kind: DeviceKind::Sms,
            ..device("amb-1", 1)
        };
        store.add_devices(std::slice::from_ref(&phone)).await.expect("enrolled");
        assert_eq!(store.device("amb-1").await.expect("a store"), Some(phone.clone()));
        let by_number = store.device_at(&area(), DeviceKind::Sms, "+6281234567890").await;
        assert_eq!(by_number.expect("a store"), Some(phone.clone()));
        let other = store.device_at(&area(), DeviceKind::Forwarded, "+6281234567890").await;
        assert_eq!(other.expect("a store"), None);
        let same = Device { name: "amb-2".to_owned(), ..phone.clone() };
        let taken = store.add_devices(std::slice::from_ref(&same)).await;
        assert!(matches!(taken, Err(Error::Exists { name, .. }) if name == "+6281234567890"));

        let (now, until) = (at(MORNING), at(MORNING + 1_000));
        assert!(store.set_device_code("amb-1", &[9; 32], until).await.expect("a store"));
        let redeem = async |area, code: u8, when| {
            store.redeem_device_code(&area, &[code; 32], when, &[4; 32], until).await
        };
        let wrong = [
            redeem(area(), 8, now).await,
            redeem(area(), 9, until).await,
            redeem(banyuwangi().id, 9, now).await,
        ];
        assert!(wrong.into_iter().all(|device| device.expect("a store").is_none()));
        let changed = Device { secret_hash: [4; 32], old_secret: Some(([3; 32], until)), ..phone };
        assert_eq!(redeem(area(), 9, now).await.expect("a store"), Some(changed.clone()));
        assert_eq!(redeem(area(), 9, now).await.expect("a store"), None, "once");

        let newest = store.change_device_secret("amb-1", &[5; 32], now, until).await;
        assert!(newest.expect("a store"));
        let newest = Device { secret_hash: [5; 32], ..changed };
        assert_eq!(store.device("amb-1").await.expect("a store"), Some(newest.clone()));
        store.end_old_device_secret("amb-1", &[4; 32]).await.expect("a store");
        assert_eq!(store.device("amb-1").await.expect("a store"), Some(newest), "not the new one");
        store.end_old_device_secret("amb-1", &[5; 32]).await.expect("a store");
        let ended = store.device("amb-1").await.expect("a store").expect("there");
        assert_eq!(ended.old_secret, None);

        store.revoke_device("amb-1", now).await.expect("revoked");
        assert!(!store.change_device_secret("amb-1", &[6; 32], now, until).await.expect("a store"));
        assert!(!store.set_device_code("amb-1", &[9; 32], until).await.expect("a store"));
        store.add_devices(std::slice::from_ref(&same)).await.expect("the address is free again");
    })
    .await;
}
