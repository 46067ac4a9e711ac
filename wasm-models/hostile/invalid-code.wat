;; A function that says it returns a number and does not.
;; part: fields
(func (result i32))
