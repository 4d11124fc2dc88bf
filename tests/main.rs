//! One test program, so that there is one link step. Each module is a part of the product.

mod broker;
mod coverage;
mod desk;
mod dispatch;
mod door;
mod enrolment;
mod gateway;
mod gazetteer;
mod house;
mod http;
mod live;
mod neighbour;
mod postgres_server;
mod race;
mod reads;
mod report;
mod reports;
mod restart;
mod roles;
mod settings;
mod simulation;
mod store;
mod tidy;
mod tls;
mod tracks;
mod web;
