;; infer takes all memory that it gets, writes to every page of it, and keeps it.
;; part: infer
(local $page i32)
(loop $more
  (local.set $page (memory.grow (i32.const 1)))
  (if (i32.ne (local.get $page) (i32.const -1))
    (then
      (memory.fill (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1) (i32.const 65536))
      (br $more))))
(loop $again (br $again))
(i32.const 512)
