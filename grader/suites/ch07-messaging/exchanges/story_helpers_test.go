package exchanges_test

import (
	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check/messaging"
)

// The lane of the program under test, as publisher.
const shop = "shop"

// What the broker does with a message. The check has arranged it, so it knows.
const (
	stored   = "stores it, acks"
	unwanted = "no queue is bound: returns it, then acks"
	refused  = "the queue is full: nacks"
)

// story is what a check did and saw of publishes.
type story struct{ *messaging.Story }

func (b *broker) story(title string, lanes ...string) story {
	return story{messaging.Tell(b.T, title, lanes...)}
}

// published adds a Publish with the broker's answer.
func (s story) published(route exchanges.Route, purchase, fate, result string) {
	answer := s.Tells(shop, "Publish "+purchase, route.Kind.Exchange(), fate)
	s.Answers(answer, shop, "returns "+result)
}

// unanswered adds a Publish whose answer is held back.
func (s story) unanswered(route exchanges.Route, purchase, fate string) {
	s.Loses(s.Tells(shop, "Publish "+purchase, route.Kind.Exchange(), fate), shop, "held back")
}
