mod audit;
mod gate;
mod orders;
mod patterns;
mod queue;
