mod audit;
mod desk;
mod gate;
mod orders;
mod patterns;
mod queue;
