import initialise from '@cedar-policy/cedar-wasm/web'

// What `#cedar-wasm` is outside Node. A browser compiles WebAssembly of this size only asynchronously, so it is done while the module
// loads: whoever imports the package then has it ready, as in Node, where the official build does the same by itself.
await initialise()

export * from '@cedar-policy/cedar-wasm/web'
