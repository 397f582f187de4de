//! tmp
#![allow(missing_docs)]
use crate::relay::content::*; use crate::rules::Rules;
#[derive(Clone,Copy,Debug,Default)] pub struct Findings(u16);
impl Findings { pub fn is_empty(&self)->bool{self.0==0} pub fn iter(self)->impl Iterator<Item=Finding>{Finding::ALL.into_iter().filter(move |f| self.0 & (1<<*f as u16)!=0)} }
pub enum Rebuilt { Pass{payload:Payload,findings:Findings}, Refused(Refused), Nothing }
pub fn rebuild(_b: Body, _e:&[Finding], _r:&Rules)->Rebuilt { Rebuilt::Nothing }
