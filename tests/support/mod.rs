//! What the black-box tests share.

#![allow(dead_code, reason = "not every test uses all of it")]

pub mod app;
pub mod characters;
pub mod clock;
pub mod cluster;
pub mod crowd;
pub mod disk;
pub mod export;
pub mod front;
pub mod guest;
pub mod journal;
pub mod people;
pub mod port;
pub mod postgres;
pub mod power;
pub mod proxy;
pub mod python;
pub mod redis;
pub mod segments;
pub mod skip;
pub mod stepped;
pub mod template;
