//! Pacing of what leaves.
#![allow(missing_docs)]
use crate::ids::*; use crate::time::Millis;
#[derive(Clone,Copy,Debug,PartialEq)] pub enum Lane { Interactive, Notice, Bulk }
#[derive(Clone,Debug,Default)] pub struct PacerConfig {}
pub struct Bucket; impl Bucket { pub fn new(_r:f64,_b:u32)->Bucket{Bucket} pub fn take(&mut self,_n:Millis)->bool{true} }
pub enum Enqueued<T> { Accepted, AcceptedDropping(T), Full(T) }
pub struct Pacer<T>(Vec<T>);
impl<T> Pacer<T> { pub fn new(_c:PacerConfig)->Self{Pacer(vec![])} pub fn enqueue(&mut self,_n:Millis,_c:ChatId,_l:Lane,_t:Option<PairId>,_p:bool,_i:T)->Enqueued<T>{Enqueued::Accepted} pub fn next(&mut self,_n:Millis)->Option<(ChatId,T)>{None} pub fn on_done(&mut self,_n:Millis,_c:ChatId){} pub fn on_retry(&mut self,_n:Millis,_c:ChatId,_i:T,_ms:i64){} pub fn on_unsent(&mut self,_n:Millis,_c:ChatId,_i:T,_a:u32){} pub fn purge(&mut self,_c:ChatId,_p:PairId)->Vec<T>{vec![]} pub fn wake_at(&mut self,_n:Millis)->Option<Millis>{None} pub fn len(&self)->usize{0} pub fn in_flight(&self)->usize{0} pub fn rebuilt(self,_n:Millis)->Self{self} }
