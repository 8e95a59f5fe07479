//! The way to PostgreSQL is as safe as its URL asks for, or there is none.

use std::path::{Path, PathBuf};
use std::process::Command;

use segue_store::{Error, Store};

use crate::database::Database;

/// Certificates for a server on 127.0.0.1, made by an authority of our own.
struct Papers(PathBuf);

impl Drop for Papers {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Papers {
    fn make() -> Self {
        let folder = std::env::temp_dir().join(segue_server::edge::secret("tls"));
        std::fs::create_dir(&folder).unwrap();
        let script = "set -e
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ours \
              -addext basicConstraints=critical,CA:true
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server
            printf 'subjectAltName=IP:127.0.0.1' >server.ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem \
              -days 2 -extfile server.ext
            chmod 755 . && chmod 600 server.key
            [ \"$(id -u)\" != 0 ] || chown postgres server.key";
        let made = Command::new("sh")
            .args(["-c", script])
            .current_dir(&folder)
            .output()
            .expect("there is a shell");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "openssl is needed: {said}");
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        path_of(&self.0, name)
    }
}

fn path_of(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// Whether a store that was opened so speaks encrypted, or why it could not be opened.
fn open(url: &str) -> Result<bool, String> {
    let store = Store::open_postgres(url).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let read: Result<_, Error> = runtime.block_on(store.read(|tx| tx.first_workspace()));
    read.map_err(|error| error.to_string())?;
    let mut client =
        postgres::Client::connect(url.split('?').next().unwrap(), postgres::NoTls).unwrap();
    // Listeners of earlier stores live as long as this process, so they do not count.
    let sql = "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid)
               where application_name = 'segue' and query !~ '^(listen.*)?$'";
    Ok(client.query_one(sql, &[]).unwrap().get(0))
}

#[test]
fn the_way_is_as_safe_as_the_url_asks_for_or_there_is_none() {
    let (database, papers) = (Database::on_own_server(), Papers::make());
    let refused = open(&format!("{}?sslmode=require", database.url)).unwrap_err();
    assert!(refused.contains("does not support TLS"), "{refused}");
    assert_eq!(
        open(&database.url),
        Ok(false),
        "without a word it may be plain"
    );

    let mut admin = database.client();
    let (certificate, key) = (papers.path("server.pem"), papers.path("server.key"));
    for (name, value) in [
        ("ssl_cert_file", certificate.as_str()),
        ("ssl_key_file", key.as_str()),
        ("ssl", "on"),
    ] {
        admin
            .batch_execute(&format!("alter system set {name} = '{value}'"))
            .unwrap();
    }
    drop(admin);
    database.crash();

    let roots = papers.path("ca.pem");
    let trusted = format!("sslmode=verify-full&sslrootcert={roots}");
    for way in ["sslmode=prefer", "sslmode=require", &trusted] {
        assert_eq!(open(&format!("{}?{way}", database.url)), Ok(true), "{way}");
    }
    assert_eq!(
        open(&format!("{}?sslmode=disable", database.url)),
        Ok(false)
    );
    let refused = open(&format!("{}?sslmode=verify-full", database.url)).unwrap_err();
    assert!(refused.contains("UnknownIssuer"), "{refused}");
    let elsewhere = database.url.replace("127.0.0.1", "localhost");
    let refused = open(&format!("{elsewhere}?{trusted}")).unwrap_err();
    assert!(
        refused.to_lowercase().contains("not valid for name"),
        "{refused}"
    );
}
