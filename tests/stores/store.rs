//! The store, the same suite on private clusters of each version and on a server.
//!
//! One test per database with many scenarios in it: each scenario has users of its own, and
//! starting a server costs more than most of them.

mod accounts;
mod admin;
mod again;
mod backup;
mod billing;
mod bots;
mod cards;
mod cluster;
mod companion_shared;
mod context;
mod copies;
mod crowds;
mod dating;
mod dating_anew;
mod dating_desk;
mod dating_figures;
mod dating_filters;
mod dating_found;
mod dating_goods;
mod dating_letter_files;
mod dating_letters;
mod dating_letters_lost;
mod dating_notices;
mod dating_photos;
mod dating_place;
mod dating_prices;
mod dating_races;
mod declared;
mod desk;
mod entitlements;
mod erasure;
mod exchange;
mod feedback;
mod invite;
mod jobs;
mod lifetime;
mod moderation;
mod months;
mod news;
mod older_backups;
mod older_release;
mod owners;
mod packs;
mod pairs;
mod payments_at_once;
mod photos;
mod queue;
mod reminders;
mod renewals;
mod review;
mod schema;
mod sequence;
mod sessions;

use crate::support::postgres;
use context::Context;
use postgres::each_version;

async fn everything(c: &mut Context) {
    schema::migrations_make_the_schema(c).await;
    schema::a_plan_is_told_first(c).await;
    schema::what_counts_on_a_backfill_waits_for_it(c).await;
    accounts::come_back_as_they_were(c).await;
    accounts::never_go_back(c).await;
    accounts::blocks_are_kept_each_by_itself(c).await;
    pairs::open_and_end(c).await;
    pairs::a_user_is_in_one_pair_at_most(c).await;
    pairs::maps_come_back_newest_first_cut(c).await;
    pairs::unsettled_users_are_found(c).await;
    bots::a_chat_notes_where_its_members_are(c).await;
    bots::a_bot_keeps_its_place(c).await;
    review::ratings_and_reports(c).await;
    review::dead_letters(c).await;
    review::dead_letters_are_asked_for(c).await;
    erasure::a_moved_row_does_not_open(c).await;
    erasure::erased_means_unreadable(c).await;
    erasure::exports_hold_nothing_of_partners(c).await;
    erasure::a_long_export_comes_in_parts(c).await;
    declared::every_column_is_declared(c).await;
    declared::an_erasure_leaves_only_what_is_declared(c).await;
    entitlements::are_granted_added_to_and_revoked(c).await;
    entitlements::go_with_the_user(c).await;
    billing::a_payment_is_credited_once_and_a_second_one_as_well(c).await;
    billing::a_payment_is_kept_whole_or_not_at_all(c).await;
    billing::only_the_owner_pays_and_only_the_price(c).await;
    billing::a_refund_takes_what_is_not_used(c).await;
    billing::a_subscription_lives(c).await;
    billing::a_subscription_that_is_told_in_the_wrong_order(c).await;
    billing::erasing_cancels_a_subscription(c).await;
    billing::a_gift_is_anothers(c).await;
    billing::payments_outlive_an_erasure_without_a_name(c).await;
    payments_at_once::a_refund_beside_its_own_payment(c).await;
    payments_at_once::two_payments_of_one_person(c).await;
    payments_at_once::many_payments_shuffled(c).await;
    payments_at_once::everybody_presses_pay_twice(c).await;
    cards::a_card_is_credited_once_to_the_orders_owner(c).await;
    cards::a_card_goes_back_in_parts(c).await;
    cards::a_card_that_went_back_before_it_came(c).await;
    cards::a_card_of_somebody_who_is_gone_goes_back(c).await;
    billing::what_was_granted_before_there_were_books(c).await;
    billing::a_trial_is_had_once_and_outlives_an_erasure(c).await;
    renewals::a_card_renews_until_it_is_switched_off(c).await;
    packs::a_pack_is_used_up_and_taken_back(c).await;
    invite::an_invitation_is_rewarded_once(c).await;
    invite::erasing_makes_nobody_new(c).await;
    invite::attackers_earn_nothing(c).await;
    again::a_partner_is_asked_back_once_and_met_once(c).await;
    again::a_pack_is_used_for_who_came_alone(c).await;
    crowds::nobody_is_asked_back_by_another_crowd(c).await;
    crowds::a_bot_that_is_gone_has_its_people_to_itself(c).await;
    feedback::one_an_hour_and_the_same_once(c).await;
    feedback::is_sealed_exported_erased_and_expired(c).await;
    photos::what_was_seen_is_known_by_this_version_and_expires(c).await;
    photos::the_same_picture_in_many_chats_is_counted_and_goes_with_the_user(c).await;
    photos::bans_are_taken_back(c).await;
    photos::what_was_seen_is_read_by_others(c).await;
    photos::both_agree_to_nude_pictures_or_nobody_does(c).await;
    photos::what_operators_look_at_is_sealed_and_goes_with_its_report_or_its_sender(c).await;
    admin::a_ban_outlives_an_erasure(c).await;
    admin::bans_are_heard_of(c).await;
    admin::whatever_is_done_to_the_log_is_found(c).await;
    admin::an_act_with_a_key_happens_once(c).await;
    admin::tokens_are_kept_as_hashes(c).await;
    admin::reports_are_a_queue(c).await;
    queue::weights_are_kept_as_they_are(c).await;
    queue::one_act_to_many_is_written_down_for_each(c).await;
    queue::a_crowd_weighs_as_much_as_a_larger_one(c).await;
    owners::a_second_owner_agrees_or_not(c).await;
    owners::people_are_found_by_what_is_known_of_them(c).await;
    moderation::a_warning_is_owed_until_it_was_said(c).await;
    moderation::several_trustworthy_reports_hide_until_somebody_looks(c).await;
    moderation::suspicions_limit_in_steps(c).await;
    moderation::appeals_are_answered(c).await;
    moderation::chats_are_read_and_taken_back(c).await;
    moderation::activity_is_summed(c).await;
    sessions::what_lets_in_to_the_pages_ends(c).await;
    desk::one_announcement_is_up_at_a_time(c).await;
    desk::jobs_are_seen_by_lane(c).await;
    news::who_gets_a_broadcast(c).await;
    news::a_broadcast_waits_and_is_taken_over(c).await;
    news::a_broadcast_leaves_at_its_time(c).await;
    news::a_choice_is_exported_and_erased(c).await;
    companion_shared::what_is_shared_waits_and_goes_with_its_maker(c).await;
    reminders::two_a_week_whatever_asks(c).await;
    reminders::only_what_is_true_and_only_to_whom_it_concerns(c).await;
    reminders::the_held_out_get_none_and_are_measured(c).await;
    reminders::who_blocks_the_bot_has_not_come_back(c).await;
    reminders::who_waits_in_another_crowd_calls_nobody(c).await;
    reminders::a_round_calls_one_for_each_who_waits(c).await;
    dating::nobody_under_18_has_a_profile(c).await;
    dating::two_likes_at_once_are_one_match(c).await;
    dating::whoever_may_not_be_met_is_on_no_card(c).await;
    crowds::a_profile_begins_at_its_owners_bot_whoever_makes_it(c).await;
    crowds::people_of_two_crowds_see_nothing_of_each_other(c).await;
    crowds::what_is_remembered_of_crowds_shows_nobody(c).await;
    dating::a_card_comes_once_and_likes_are_bounded(c).await;
    dating::a_match_is_talked_to_and_ends(c).await;
    dating::is_sealed_exported_and_erased(c).await;
    dating::reported_profiles_wait_for_an_operator(c).await;
    dating_notices::notices_wait_for_their_time(c).await;
    dating_letters::a_letter_is_taken_once_and_told_once(c).await;
    dating_letters::letters_are_bounded(c).await;
    dating_letters::an_end_ends_letters_and_a_report_carries_them(c).await;
    dating_letters::a_letter_waits_for_whoever_has_blocked_the_bot(c).await;
    dating_letters::letters_are_sealed_exported_and_erased(c).await;
    dating_letter_files::a_photo_is_taken_once_and_told_once(c).await;
    dating_letter_files::a_reply_to_an_own_letter_goes_where_that_went(c).await;
    dating_letter_files::a_photo_is_sealed_exported_reported_and_erased(c).await;
    dating_letters_lost::what_comes_again_goes_to_nobody_else(c).await;
    dating_letters_lost::whoever_wrote_hears_that_a_letter_does_not_arrive(c).await;
    reminders::a_match_waits_for_an_answer(c).await;
    dating_goods::what_is_sold_apart_is_paid_for_and_comes_back(c).await;
    dating_goods::a_super_like_that_nobody_would_see_is_answered_as_any(c).await;
    dating_filters::cards_keep_to_filters_of_both(c).await;
    dating_filters::own_answers_are_changed_as_seldom_as_filters(c).await;
    dating_photos::a_photo_waits_until_somebody_has_looked_at_it(c).await;
    dating_place::where_somebody_is_is_asked_in_the_row_and_by_itself(c).await;
    dating_found::matches_are_found_by_name(c).await;
    dating_prices::the_oldest_prices_are_learnt_first_and_another_goes_on(c).await;
    dating_prices::prices_of_a_small_crowd_are_learnt_from_its_own(c).await;
    dating_prices::a_profile_that_cannot_be_read_holds_up_no_price(c).await;
    dating_anew::what_a_day_has_counted_outlives_a_profile(c).await;
    dating_anew::who_passed_is_not_shown_who_comes_anew(c).await;
    dating_anew::what_reports_hid_stays_hidden_after_an_erasure(c).await;
    dating_anew::photos_change_so_often_a_day(c).await;
    dating_anew::what_programs_do_waits_for_an_operator(c).await;
    dating_anew::what_cannot_be_read_holds_up_nothing_else(c).await;
    dating_races::cards_that_are_dealt_beside_an_erasure_do_not_outlive_it(c).await;
    dating_races::who_looks_while_cards_are_dealt_sees_them(c).await;
    dating_races::who_looks_at_a_card_again_writes_nothing(c).await;
    dating_races::a_card_of_nobody_is_dropped_and_hides_no_other(c).await;
    dating_desk::what_is_hidden_for_good_comes_after_what_is_reported(c).await;
    dating_desk::a_break_outlives_that_a_profile_is_hidden(c).await;
    dating_desk::what_an_operator_hid_is_hidden_when_it_is_made_anew(c).await;
    dating_desk::what_a_shadow_reports_hides_nobody(c).await;
    dating_figures::a_few_people_are_not_told_of(c).await;
    dating_figures::what_people_do_is_counted(c).await;
    dating_figures::counting_waits_for_nobody(c).await;
    lifetime::what_is_past_its_time_goes(c).await;
    lifetime::expiry_goes_on_until_nothing_is_left(c).await;
    lifetime::reports_and_ratings_go_after_a_year(c).await;
    lifetime::who_was_turned_away_is_known_until_the_day_is_over(c).await;
    entitlements::ended_ones_go(c).await;
    jobs::a_job_goes_its_way(c).await;
    jobs::one_cause_is_one_job(c).await;
    jobs::a_stale_hold_changes_nothing(c).await;
    jobs::two_claimers_never_get_the_same(c).await;
    jobs::who_was_served_least_goes_first(c).await;
    jobs::the_urgent_go_first_and_the_delayed_wait(c).await;
    jobs::who_watches_sees_what_is_open(c).await;
    jobs::holders_that_are_gone_are_followed(c).await;
    jobs::a_lost_answer_is_given_again(c).await;
    jobs::cancelled_is_over(c).await;
    jobs::what_is_late_fails(c).await;
    jobs::ends_are_owed_until_marked(c).await;
    jobs::go_with_the_user(c).await;
    jobs::rows_are_sealed_and_bound(c).await;
    jobs::ended_ones_go(c).await;
    copies::are_kept_for_one_bot_and_unreadable(c).await;
    lifetime::a_refused_batch_leaves_nothing(c).await;
    lifetime::a_wrong_key_is_refused(c).await;
    months::a_message_is_kept_once_whenever_it_is_written(c).await;
    months::months_are_made_ahead_and_dropped(c).await;
    months::migrating_keeps_the_messages(c).await;
    accounts::migrating_keeps_the_blocks(c).await;
    sequence::a_batch_is_as_one_after_the_other(c).await;
    sequence::a_large_batch_meets_rows_that_are_there(c).await;
    cluster::partitions_change_hands_with_growing_tokens(c).await;
    cluster::the_inbox_keeps_what_is_not_done(c).await;
    cluster::ids_outlive_their_rows(c).await;
    // Last: the store is of no use afterwards.
    cluster::a_removed_node_writes_nothing(c).await;
}

/// The oldest that is here and the newest: Debian's and the wheel's.
#[tokio::test]
async fn on_private_clusters() {
    for programs in each_version() {
        println!("{programs}");
        let mut c = Context::private(&programs).await;
        everything(&mut c).await;
        c.finish().await;
    }
}

#[tokio::test]
async fn on_a_real_postgres() {
    let Some(server) = postgres::Postgres::start(postgres::FAST) else { return };
    let mut c = Context::real(server.create("suite")).await;
    everything(&mut c).await;
    // With one connection nobody else writes meanwhile.
    entitlements::a_grant_beside_an_erasure_leaves_nothing(&mut c).await;
    months::months_are_made_while_others_write(&mut c).await;
    schema::pg_dump_agrees(&server).await;
    c.finish().await;
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_again() {
    let Some(mut server) = postgres::Postgres::start(&[]) else { return };
    let mut c = Context::real(server.create("outage")).await;
    lifetime::outage(&mut c, &mut server).await;
    c.finish().await;
}
