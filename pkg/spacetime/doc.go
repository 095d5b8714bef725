// Package spacetime draws who did what when, and who told whom.
//
// # How to read a space-time diagram
//
// Leslie Lamport drew the first of these pictures to explain what "before" means when there is no common clock. Every
// process (a goroutine, a host, a queue) is a vertical line, its lane. Time runs downwards. A step of a process is a mark on
// its lane; an arrow leads from a cause to its effect: from a send to its receive, from an unlock to the lock that it let
// through, from a signal to the wake-up.
//
//	producer              queue          consumer
//	● publish ride 7 ────►● store        │
//	│                     ● deliver ────►● handle ride 7
//	● publish ride 8 ───✗ │              │
//
// Of two steps on one row the arrow between them says which was first. Two rules say all there is to say:
//
//   - A step happened before another if you can walk from the first to the second, downwards along lanes and forwards along
//     arrows. Here "publish ride 7" happened before "handle ride 7".
//   - If you can walk neither way the two steps are concurrent. That one is drawn higher than the other is then an accident of
//     this execution: on another day it may be the other way round. "publish ride 8" and "handle ride 7" are concurrent.
//
// Most failures of distributed programs are a wrong belief about one of these. A data race is a pair of accesses to one
// variable with no walk between them. A lost update is a write that is concurrent with another's read and write. A message is
// reordered when arrows cross. In a deadlock each waits for the next in a circle, so nobody's lane goes on.
//
// # What the marks mean
//
//	● step                ◆ step to look at       □ waits           ■ waits for ever        ╳ crash
//	──► cause to effect   ──✗ lost message        ══► duplicate     ╌╌► sent again
//	━━► waits for         ━━◆ race, no order      [balance 200] what the lane is worth from here on
//	│ running             ┃ inside a call         ┆ waiting         (blank) not begun, ended, or crashed
//
// # How to make one
//
// A [Diagram] is plain data: lanes, steps in the order of time, arrows between steps, loops, and facts for the bottom lines. Fill
// it by hand, or with a [Recorder], which makes lanes as they appear and draws the arrow from a cause to its effect when both
// name the same key. [Diagram.Text] and [Diagram.SVG] draw the same layout. Both depend on the diagram alone: the same diagram
// gives the same bytes.
//
// [Story] puts the final state in a sentence, for the message of the failure.
//
// Only what matters should be drawn. Mark steps that merely set the scene as Minor: neighbours in a lane are drawn as one. A
// picture that is still too long is shortened, one with too many lanes is folded, and the picture says so.
package spacetime
