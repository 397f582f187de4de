//! What tests run inside a process that has locked itself up, or only partly:
//! `probe GUARD ACTION [PID]`. It prints `ok` or the error's number, unless it is killed. And
//! `probe parent PROGRAM ...` starts a program and waits, to be killed. And
//! `probe without-landlock PROGRAM ...` becomes a program on a kernel that has no Landlock.

#[cfg(target_os = "linux")]
fn main() {
    use std::{net, process::Command};

    use nameless_vision::sandbox::{self, Layers};

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (guard, action) = (arguments[0].as_str(), arguments[1].as_str());
    if guard == "parent" {
        // The child has this one's pipes.
        let parent = std::process::id().to_string();
        let mut child = Command::new(action)
            .args(&arguments[2..])
            .args(["--parent", &parent])
            .env_clear()
            .env("ORT_DISABLE_TELEMETRY", "1")
            .spawn()
            .unwrap();
        child.wait().unwrap();
        return;
    }
    if guard == "without-landlock" {
        std::process::exit(without_landlock(action, &arguments[2..]));
    }
    let other = || nix::unistd::Pid::from_raw(arguments[2].parse().unwrap());
    match guard {
        "all" => {
            let mut layers = Layers::default();
            sandbox::before_loading(&mut layers);
            sandbox::after_loading(&mut layers, Some(nix::unistd::getppid().as_raw() as u32));
            assert_eq!(layers.missing().count(), 0, "{layers}");
        }
        "files" => drop(sandbox::files::forbid().unwrap()),
        "calls" => {
            // Without privileges that could be gained, a filter needs none.
            nix::sys::prctl::set_no_new_privs().unwrap();
            sandbox::calls::forbid_deadly().unwrap();
            sandbox::calls::forbid_others().unwrap();
        }
        // As it is while the models load.
        "loading" => sandbox::before_loading(&mut Layers::default()),
        "none" => {}
        _ => panic!("no such guard"),
    }
    let told = |result: std::io::Result<()>| result.map_err(|error| error.raw_os_error().unwrap_or(-1));
    let done: Result<(), i32> = match action {
        "udp" => told(net::UdpSocket::bind("127.0.0.1:0").map(drop)),
        "tcp" => told(net::TcpListener::bind("127.0.0.1:0").map(drop)),
        "connect" => told(net::TcpStream::connect("127.0.0.1:9").map(drop).or_else(|error| {
            // Nobody listens there: it was let through.
            if error.kind() == std::io::ErrorKind::ConnectionRefused { Ok(()) } else { Err(error) }
        })),
        "open" => told(std::fs::File::open("/etc/passwd").map(drop)),
        "create" => told(std::fs::File::create(std::env::temp_dir().join(&arguments[2])).map(drop)),
        "list" => told(std::fs::read_dir("/").map(drop)),
        // Not by the standard library: it asks for something harmless before, and fails by that.
        "exec" => nix::unistd::execv(c"/bin/true", &[c"true"]).map(drop).map_err(|error| error as i32),
        "fork" => told(Command::new("/bin/true").status().map(drop)),
        "thread" => told(std::thread::Builder::new().spawn(|| ()).map(drop)),
        "ptrace" => nix::sys::ptrace::attach(other()).map_err(|error| error as i32),
        "signal" => nix::sys::signal::kill(other(), None).map_err(|error| error as i32),
        "read-process" => {
            let mut byte = [0];
            let mut into = [std::io::IoSliceMut::new(&mut byte)];
            let from = [nix::sys::uio::RemoteIoVec { base: 0x1000, len: 1 }];
            match nix::sys::uio::process_vm_readv(other(), &mut into, &from) {
                // It looked, and there was nothing at that address.
                Ok(_) | Err(nix::Error::EFAULT) => Ok(()),
                Err(error) => Err(error as i32),
            }
        }
        "raise" => {
            use nix::sys::resource::{Resource, setrlimit};
            setrlimit(Resource::RLIMIT_CORE, 0, 0).map_err(|error| error as i32)
        }
        "memory" => {
            let mut much: Vec<u8> = Vec::new();
            much.try_reserve_exact(1 << 30).map_err(|_| nix::libc::ENOMEM)
        }
        _ => panic!("no such action"),
    };
    match done {
        Ok(()) => println!("ok"),
        Err(error) => println!("{error}"),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}

/// Has the kernel answer as one without Landlock does, and becomes the program.
#[cfg(target_os = "linux")]
fn without_landlock(program: &str, arguments: &[String]) -> i32 {
    use std::{collections::BTreeMap, os::unix::process::CommandExt, process::Command};

    use nix::libc;
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};

    let absent =
        [libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule, libc::SYS_landlock_restrict_self];
    let rules: BTreeMap<_, _> = absent.into_iter().map(|call| (call, vec![])).collect();
    let no_such_call = SeccompAction::Errno(libc::ENOSYS as u32);
    let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, no_such_call, arch).unwrap();
    let filter: BpfProgram = filter.try_into().unwrap();
    nix::sys::prctl::set_no_new_privs().unwrap();
    apply_filter(&filter).unwrap();
    eprintln!("{}", Command::new(program).args(arguments).exec());
    1
}
