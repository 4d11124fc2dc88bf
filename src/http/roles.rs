//! Who may do what: one line for each route. A route that is not here is closed to everyone.

use axum::http::Method;

use crate::store::Role;
use Role::{Admin, Crew, Official, Operator, Supervisor};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// No sign-in is needed.
    Anyone,
    /// Everybody who is signed in.
    SignedIn,
    Only(&'static [Role]),
    /// The server of a neighbouring area, with the secret that both share.
    Neighbour,
}

use Access::{Anyone, Neighbour, Only, SignedIn};

const DESK: Access = Only(&[Operator, Supervisor]);
const ROOM: Access = Only(&[Operator, Supervisor, Admin, Official]);
const FIGURES: Access = Only(&[Supervisor, Admin, Official]);

/// Every route with its access.
pub const TABLE: &[(Method, &str, Access)] = &[
    (Method::POST, "/api/v1/session", Anyone),
    (Method::GET, "/api/v1/session", SignedIn),
    (Method::DELETE, "/api/v1/session", SignedIn),
    (Method::POST, "/api/v1/calls", DESK),
    (Method::GET, "/api/v1/incidents", ROOM),
    (Method::GET, "/api/v1/incidents/{id}", ROOM),
    (Method::POST, "/api/v1/incidents/{id}/place", DESK),
    (Method::POST, "/api/v1/incidents/{id}/calls", DESK),
    (Method::POST, "/api/v1/incidents/{id}/details", DESK),
    (Method::POST, "/api/v1/incidents/{id}/notes", DESK),
    (Method::POST, "/api/v1/incidents/{id}/priority", DESK),
    (Method::POST, "/api/v1/incidents/{id}/needs", DESK),
    (Method::POST, "/api/v1/incidents/{id}/colour", DESK),
    (Method::GET, "/api/v1/incidents/{id}/similar", DESK),
    (Method::POST, "/api/v1/incidents/{id}/merge", DESK),
    (Method::POST, "/api/v1/incidents/{id}/split", DESK),
    (Method::POST, "/api/v1/incidents/{id}/reopen", Only(&[Supervisor])),
    (Method::GET, "/api/v1/incidents/{id}/neighbours", DESK),
    (Method::POST, "/api/v1/incidents/{id}/aid", DESK),
    (Method::GET, "/api/v1/aid", DESK),
    (Method::POST, "/api/v1/aid/{id}/withdraw", DESK),
    (Method::POST, "/api/v1/aid/{id}/confirm", DESK),
    (Method::POST, "/api/v1/aid/{id}/refuse", DESK),
    (Method::POST, "/api/v1/neighbour/candidates", Neighbour),
    (Method::POST, "/api/v1/neighbour/aid", Neighbour),
    (Method::POST, "/api/v1/neighbour/answers", Neighbour),
    (Method::POST, "/api/v1/incidents/{id}/caller-link", DESK),
    (Method::POST, "/api/v1/incidents/{id}/caller-position/accept", DESK),
    (Method::POST, "/api/v1/incidents/{id}/caller-position/dismiss", DESK),
    (Method::POST, "/api/v1/assignments/{id}/family-link", DESK),
    // Whoever has the link.
    (Method::GET, "/api/v1/caller-position", Anyone),
    (Method::POST, "/api/v1/caller-position", Anyone),
    (Method::GET, "/api/v1/approach", Anyone),
    (Method::GET, "/api/v1/questions", DESK),
    (Method::GET, "/api/v1/incidents/{id}/candidates", DESK),
    (Method::POST, "/api/v1/incidents/{id}/close", DESK),
    (Method::POST, "/api/v1/incidents/{id}/assignments", DESK),
    (Method::GET, "/api/v1/candidates", DESK),
    (Method::POST, "/api/v1/assignments/{id}/status", Only(&[Operator, Supervisor, Crew])),
    (Method::POST, "/api/v1/assignments/{id}/destination", DESK),
    (Method::POST, "/api/v1/assignments/{id}/undo", Only(&[Operator, Supervisor, Crew])),
    (Method::POST, "/api/v1/assignments/{id}/mark", Only(&[Operator, Supervisor, Crew])),
    (Method::POST, "/api/v1/assignments/{id}/times", Only(&[Supervisor])),
    (Method::GET, "/api/v1/assignments/{id}/route", Only(&[Operator, Supervisor, Crew])),
    (Method::GET, "/api/v1/alarms", DESK),
    (Method::POST, "/api/v1/alarms/take", DESK),
    (Method::GET, "/api/v1/facilities", ROOM),
    (Method::POST, "/api/v1/facilities/{id}/admission", DESK),
    (Method::POST, "/api/v1/units/{unit}/crew", DESK),
    (Method::POST, "/api/v1/units/{unit}/limit", DESK),
    (Method::POST, "/api/v1/units/{unit}/talk", Only(&[Operator, Supervisor, Crew])),
    (Method::POST, "/api/v1/units/{unit}/talk/answer", DESK),
    (Method::GET, "/api/v1/units", ROOM),
    (Method::GET, "/api/v1/coverage", ROOM),
    (Method::GET, "/api/v1/travel-factors", ROOM),
    (Method::GET, "/api/v1/units/{unit}/track", ROOM),
    (Method::POST, "/api/v1/units/{unit}/duty", DESK),
    (Method::GET, "/api/v1/places", ROOM),
    (Method::GET, "/api/v1/map", ROOM),
    (Method::GET, "/api/v1/boundaries", ROOM),
    (Method::POST, "/api/v1/devices", Only(&[Admin])),
    (Method::POST, "/api/v1/devices/{device}/secret", Only(&[Admin])),
    (Method::POST, "/api/v1/devices/{device}/code", Only(&[Admin])),
    (Method::POST, "/api/v1/devices/{device}/revoke", Only(&[Admin])),
    (Method::POST, "/api/v1/enrolment", Anyone),
    (Method::GET, "/api/v1/devices", Only(&[Operator, Supervisor, Admin])),
    (Method::GET, "/api/v1/reports/response-times", FIGURES),
    (Method::GET, "/api/v1/reports/response-times.csv", FIGURES),
    (Method::GET, "/api/v1/reports/refusals", FIGURES),
    (Method::GET, "/api/v1/reports/refusals.csv", FIGURES),
    (Method::GET, "/api/v1/reports/duty", FIGURES),
    (Method::GET, "/api/v1/reports/duty.csv", FIGURES),
    (Method::GET, "/api/v1/reads", Only(&[Supervisor, Admin])),
    (Method::GET, "/api/openapi.json", Anyone),
    (Method::GET, "/health", Anyone),
    (Method::GET, "/metrics", Anyone),
    (Method::GET, "/", Anyone),
    (Method::GET, "/laporan", Anyone),
    (Method::GET, "/perangkat", Anyone),
    (Method::GET, "/pasang", Anyone),
    (Method::GET, "/l", Anyone),
    (Method::GET, "/i", Anyone),
    (Method::GET, "/assets/{*path}", Anyone),
    (Method::GET, "/tiles/{version}/{z}/{x}/{y}", ROOM),
    (Method::GET, "/live", ROOM),
];

/// The access of a route; none when the table does not know it. HEAD is answered as GET.
#[must_use]
pub fn access(method: &Method, path: &str) -> Option<Access> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let known = TABLE.iter().find(|(m, p, _)| m == method && *p == path);
    known.map(|(_, _, access)| *access)
}

impl Access {
    #[must_use]
    pub fn admits(self, role: Role) -> bool {
        match self {
            Self::Anyone | Self::SignedIn => true,
            Self::Only(roles) => roles.contains(&role),
            Self::Neighbour => false,
        }
    }
}

/// Whether a role sees callers' names, numbers and complaints.
#[must_use]
pub const fn sees_personal_data(role: Role) -> bool {
    match role {
        Operator | Supervisor => true,
        Crew | Official | Admin => false,
    }
}
