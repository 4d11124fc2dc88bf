//! One throw-away PostgreSQL for the test process, made of the machine's own binaries.
//!
//! It listens on a socket in a private directory. A small shell holds it by a pipe from this
//! process: when the pipe closes, however this process ended, the shell stops the server that it
//! started and removes the directory.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

/// With this set to 1 the tests on PostgreSQL are left out; without it, a server that cannot start
/// is a failure.
const SKIP: &str = "SIAGA_TEST_SKIP_POSTGRES";
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);
const USER: &str = "siaga";

/// Runs the server, waits for the end of its own input, stops the server. `$1` program, `$2` data,
/// `$3` directory.
const KEEPER: &str = r#"
trap : INT TERM
"$1" -D "$2" -k "$3" -c listen_addresses= -c max_connections=500 -c shared_buffers=32MB \
  -c autovacuum=off \
  >"$3/log" 2>&1 &
server=$!
read -r _
kill -QUIT "$server"
wait "$server"
rm -rf "$3"
"#;

struct Server {
    socket: PathBuf,
    /// Holds the pipe; never waited for, since it outlives this process by a moment.
    _keeper: Child,
}

static SERVER: OnceCell<Result<Server, String>> = OnceCell::const_new();

/// The address of an empty database of its own (a schema); none when PostgreSQL is left out on
/// purpose.
pub async fn fresh_database() -> Option<String> {
    if std::env::var(SKIP).is_ok_and(|value| value == "1") {
        return None;
    }
    let server = match SERVER.get_or_init(start).await {
        Ok(server) => server,
        Err(why) => panic!("{why}\nInstall PostgreSQL, or set {SKIP}=1 to leave these tests out."),
    };
    let name = format!("t_{}", uuid::Uuid::now_v7().simple());
    let mut connection =
        PgConnection::connect(&address(&server.socket, "postgres")).await.expect("the server");
    let create = sqlx::query(AssertSqlSafe(format!("create schema {name}")));
    create.execute(&mut connection).await.expect("a schema");
    connection.close().await.expect("closed");
    Some(format!("{}&options[search_path]={name}", address(&server.socket, "postgres")))
}

fn address(socket: &Path, database: &str) -> String {
    format!("postgres://{USER}@localhost/{database}?host={}", socket.display())
}

async fn start() -> Result<Server, String> {
    let binaries =
        binaries().ok_or("There is no PostgreSQL: no initdb in PATH or /usr/lib/postgresql.")?;
    let owner = owner()?;
    let socket = std::env::temp_dir().join(format!("siaga-pg-{}", uuid::Uuid::now_v7().simple()));
    prepare(&socket, owner).map_err(|e| format!("{} cannot be made: {e}", socket.display()))?;
    let started = start_in(&socket, &binaries, owner).await;
    if started.is_err() {
        let _ = std::fs::remove_dir_all(&socket);
    }
    Ok(Server { socket, _keeper: started? })
}

async fn start_in(
    socket: &Path,
    binaries: &Path,
    owner: Option<(u32, u32)>,
) -> Result<Child, String> {
    let data = socket.join("data");
    let made = as_owner(owner, &binaries.join("initdb"))
        .args([
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--username",
            USER,
            "-D",
        ])
        .arg(&data)
        .output()
        .map_err(|e| format!("initdb cannot be run: {e}"))?;
    if !made.status.success() {
        return Err(format!("initdb failed:\n{}", String::from_utf8_lossy(&made.stderr)));
    }
    let mut keeper = as_owner(owner, Path::new("/bin/sh"))
        .args(["-c", KEEPER, "siaga-test-postgres"])
        .arg(binaries.join("postgres"))
        .arg(&data)
        .arg(socket)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("the server cannot be run: {e}"))?;
    let mut waited = Duration::ZERO;
    while let Err(error) = PgConnection::connect(&address(socket, "postgres")).await {
        let ended = keeper.try_wait().is_ok_and(|status| status.is_some());
        if ended || waited > READY_WITHIN {
            let log = std::fs::read_to_string(socket.join("log")).unwrap_or_default();
            return Err(format!("PostgreSQL did not start: {error}\n{log}"));
        }
        tokio::time::sleep(POLL).await;
        waited += POLL;
    }
    Ok(keeper)
}

/// Where `initdb` and `postgres` are: in PATH, else the newest below `/usr/lib/postgresql`.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut packaged: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    packaged.sort();
    places.extend(packaged.into_iter().rev());
    places
        .into_iter()
        .find(|place| ["initdb", "postgres"].iter().all(|name| place.join(name).exists()))
}

/// PostgreSQL refuses to run as root: then the user and group to run it as.
fn owner() -> Result<Option<(u32, u32)>, String> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)))
        .map(Some)
        .ok_or_else(|| {
            "PostgreSQL does not run as root, and there is no user postgres or nobody.".into()
        })
}

fn as_owner(owner: Option<(u32, u32)>, program: &Path) -> Command {
    let mut command = match owner {
        None => Command::new(program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command.arg(format!("--reuid={user}")).arg(format!("--regid={group}"));
            command.arg("--clear-groups").arg(program);
            command
        }
    };
    command.current_dir(std::env::temp_dir());
    command
}

fn prepare(directory: &Path, owner: Option<(u32, u32)>) -> std::io::Result<()> {
    std::fs::create_dir(directory)?;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))?;
    if let Some((user, group)) = owner {
        chown(directory, Some(user), Some(group))?;
    }
    Ok(())
}
