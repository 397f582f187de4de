mod audit;
mod gate;
mod orders;
mod queue;
