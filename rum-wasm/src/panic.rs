//! A panic traps. `js-loader/src/fence.ts` turns the trap into one console warning and a
//! dead SDK; the page goes on.

#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
