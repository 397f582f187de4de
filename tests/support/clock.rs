//! What is counted by the day of UTC is looked at on one day.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: Duration = Duration::from_secs(86_400);
/// So long a test may take that counts by the day, on a machine that does much else.
const LONGEST: Duration = Duration::from_secs(120);

/// Waits for the next day if too little of this one is left for a test that counts by it.
pub async fn one_day() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    let left = DAY - Duration::from_secs(now.as_secs() % DAY.as_secs());
    if left < LONGEST {
        println!("waits for midnight: {left:?}");
        tokio::time::sleep(left).await;
    }
}
