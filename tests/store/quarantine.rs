//! Quarantined messages: the newest are kept, cut to size, apart for each area.

use siaga::store::quarantine::{QUARANTINED_MAX, Quarantined};

use super::{area, at, banyuwangi, on_both};

#[tokio::test]
async fn the_newest_quarantined_messages_are_kept_and_cut_to_size() {
    on_both(async |place| {
        let message = |number: i64| {
            let topic = format!("siaga/v1/{number}/\0fix{}", "x".repeat(5_000));
            Quarantined::new(at(number), &topic, &[0xff; 20_000], "no\0 JSON".to_owned())
        };
        let other = banyuwangi().id;
        place.store.quarantine(&other, &message(1)).await.expect("kept");
        for number in 1..=QUARANTINED_MAX + 5 {
            place.store.quarantine(&area(), &message(number)).await.expect("kept");
        }
        let kept = place.store.quarantined(&area()).await.expect("read");
        assert_eq!(i64::try_from(kept.len()), Ok(QUARANTINED_MAX));
        assert_eq!(kept.first(), Some(&message(QUARANTINED_MAX + 5)), "the newest first");
        assert_eq!(kept.last(), Some(&message(6)));
        assert_eq!((kept[0].size, kept[0].head.len()), (20_000, 512));
        assert_eq!((kept[0].topic.chars().count(), kept[0].reason.as_str()), (200, "no JSON"));
        let others = place.store.quarantined(&other).await.expect("read");
        assert_eq!(others, [message(1)], "the other area's is still there");
    })
    .await;
}
