//! The bot as its users find it: the real application against a simulated Telegram, one module per
//! capability.

/// What FaceGuard takes for pornography, drawn by code, and the numbers that it is drawn by.
#[path = "../../vision/tests/whole/drawn.rs"]
mod drawn;
/// A maker of pictures that speaks each dialect strictly.
#[path = "../../backends/tests/maker.rs"]
mod maker;
/// A model that a test scripts.
#[path = "../../backends/tests/server.rs"]
mod model;
#[path = "../../vision/tests/whole/random.rs"]
mod random;
#[path = "../support/mod.rs"]
mod support;

mod admin;
mod admin_judges;
mod again;
mod alarms;
mod announcements;
mod bench;
mod billing;
mod billing_crowds;
mod billing_desk;
mod broadcasts;
mod cards;
mod cards_judge;
mod common;
mod companion;
mod companion_adult;
mod companion_begins;
mod companion_fill;
mod companion_judges;
mod companion_meaning;
mod companion_memory;
mod companion_own;
mod companion_own_pictures;
mod companion_pictures;
mod companion_second;
mod companion_shared;
mod companion_variants;
mod content;
mod conversation;
mod dating;
mod dating_api;
mod dating_figures;
mod dating_found;
mod dating_letter_files;
mod dating_letters;
mod dating_place;
mod dead_letters;
mod ending;
mod failover;
mod feedback;
mod flood;
mod gate;
mod intake;
mod invite;
mod isolation;
mod laundering;
mod leaks;
mod metrics;
mod miniapp;
mod moderation;
mod monitoring;
mod onboarding;
mod outages;
mod owners;
mod page;
mod pages;
mod peers;
mod photo_review;
mod photos;
mod premium;
mod privacy;
mod proxy;
mod refused;
mod relay_kinds;
mod release;
mod reminders;
mod renewals;
mod review;
mod search;
mod settings;
mod several_bots;
mod stranger;
mod telegram_client;
mod telegram_faults;
mod webhook;
