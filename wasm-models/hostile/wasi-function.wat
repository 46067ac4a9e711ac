;; Code that asks for the environment, in a component that does not say so.
;; part: imports
(import "wasi_snapshot_preview1" "environ_get" (func (param i32 i32) (result i32)))
