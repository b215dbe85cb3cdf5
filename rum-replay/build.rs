//! The module's stack: the linker's default, 1 MiB, would be most of the memory a page gives the SDK. An overflow
//! traps, as the stack lies below everything else; the deepest call of the engine takes a few KiB. For the shipped
//! module alone: the tests' harness needs more.

/// Bytes.
const STACK_SIZE: u32 = 64 * 1024;

#[allow(clippy::disallowed_macros, reason = "this runs on the host, and cargo listens to its stdout")]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_ARCH").is_some_and(|target| target == "wasm32") {
        println!("cargo:rustc-link-arg-cdylib=-zstack-size={STACK_SIZE}");
    }
}
