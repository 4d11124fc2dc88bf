//! Opening a store: what goes wrong is said in a sentence that somebody can act on.

use std::error::Error as _;

use super::*;

/// Why a store does not open, with every cause.
async fn refusal(url: &str) -> String {
    let error = Store::open(url).await.expect_err(url);
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "'{word}' is missing in: {said}");
    }
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused_with_the_kinds_there_are() {
    for url in ["", "mysql://siaga@localhost/siaga", "/var/lib/siaga", "sqlite:"] {
        says(&refusal(url).await, &["sqlite:DIRECTORY", "postgres://"]);
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let file = fresh_directory();
    std::fs::write(&file, "not a directory").expect("written");
    let below = file.join("data");
    let said = refusal(&format!("sqlite:{}", below.display())).await;
    std::fs::remove_file(&file).expect("removed");
    says(&said, &["directory", &below.display().to_string(), "Not a directory"]);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let directory = fresh_directory();
    std::fs::create_dir_all(&directory).expect("made");
    std::fs::write(directory.join("siaga.db"), "not a database, but long enough".repeat(100))
        .expect("written");
    let said = refusal(&format!("sqlite:{}", directory.display())).await;
    std::fs::remove_dir_all(&directory).expect("removed");
    says(&said, &["siaga.db", "not a database"]);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_said_at_once_without_the_password() {
    let started = tokio::time::timeout(
        std::time::Duration::from_secs(3),
        refusal("postgres://siaga:rahasia@127.0.0.1:1/siaga"),
    );
    let said = started.await.expect("at once");
    says(&said, &["reaching the database server", "refused"]);
    assert!(!said.contains("rahasia"), "{said}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let Some(url) = crate::postgres_server::fresh_database().await else { return };
    let said = refusal(&url.replace("/postgres?", "/missing_database?")).await;
    says(&said, &["reaching the database server", "missing_database", "does not exist"]);
}

#[tokio::test]
async fn data_of_a_newer_program_is_left_alone() {
    on_both(async |place| {
        let columns = "(version, description, success, checksum, execution_time)";
        let yes = if place.directory.is_some() { "1, x''" } else { "true, ''::bytea" };
        let newer =
            format!("insert into _sqlx_migrations {columns} values (9000, 'future', {yes}, 0)");
        place.store.close().await;
        place.behind_its_back(&newer).await.expect("done");
        says(&refusal(&place.url).await, &["newer", "9000"]);
    })
    .await;
}

#[tokio::test]
async fn a_store_opens_twice_at_the_same_time() {
    on_both(async |place| {
        let second = Store::open(&place.url).await.expect("a second one");
        second.save_units(&area(), &[roster_unit(1)]).await.expect("saved");
        assert_eq!(place.store.units(&area()).await.expect("units"), [roster_unit(1)]);
        second.close().await;
    })
    .await;
}

/// A store is used by tasks that move between threads.
#[tokio::test]
async fn every_operation_can_be_waited_for_on_any_thread() {
    fn any_thread<T: Send>(_: T) {}
    let place = Place::sqlite().await;
    let (store, here, now) = (&place.store, area(), at(MORNING));
    let (one, command) = (incident(), CommandId::from_uuid(Uuid::now_v7()));
    any_thread(Store::open("sqlite:nowhere"));
    any_thread(store.save_units(&here, &[]));
    any_thread(store.save_facilities(&here, &[]));
    any_thread(store.add_devices(&[]));
    any_thread(store.set_password("budi", ""));
    any_thread(store.session(&[0; 32], now));
    any_thread(store.append(&here, &[], &[]));
    any_thread(store.entries(&here, 0, 1));
    any_thread(store.incident_entries(&here, one));
    any_thread(store.command_entries(&here, command));
    any_thread(store.commands_since(&here, now));
    any_thread(store.private_of(&here, &[one]));
    any_thread(store.append_tracks(&here, &[]));
    any_thread(store.track(&here, 0, now, now, 1));
    any_thread(store.last_fixes(&here));
    any_thread(store.drop_tracks_before(now.utc_date()));
    any_thread(store.report_incidents(&here, now, now, 1));
    any_thread(store.close());
}

/// Killed between making a day's file and its table, a writer leaves a file without one; killed sooner, an empty one.
#[tokio::test]
async fn a_file_of_positions_that_was_never_finished_is_no_reason_not_to_start() {
    let directory = fresh_directory();
    std::fs::create_dir_all(directory.join("tracks")).expect("made");
    std::fs::write(directory.join("tracks/2026-11-20.db"), "").expect("written");
    let unfinished = directory.join("tracks/2026-11-21.db");
    let file = format!("sqlite:{}?mode=rwc", unfinished.display());
    let mut writer = SqliteConnection::connect(&file).await.expect("made");
    sqlx::raw_sql("pragma journal_mode = wal; create table other (a); drop table other")
        .execute(&mut writer)
        .await
        .expect("written");
    writer.close().await.expect("closed");
    let store = Store::open(&format!("sqlite:{}", directory.display())).await.expect("opened");
    let area = code("35.09");
    assert_eq!(store.last_fixes(&area).await.expect("read"), []);
    let (from, to) = (at(1_763_600_000_000), at(1_763_900_000_000));
    assert_eq!(store.track(&area, 0, from, to, 10).await.expect("read"), []);
    store.close().await;
    std::fs::remove_dir_all(&directory).expect("removed");
}
