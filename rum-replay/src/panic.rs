//! A panic traps. `js-loader/src/replay/engine.ts` turns the trap into a fault told to the page, and recording ends;
//! the page goes on.

#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
